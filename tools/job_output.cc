#include "tools/job_output.h"

#include <utility>

namespace mrd::tools {

const engine::ManifestPart* JobOutput::Find(const std::string& part) const {
  if (!manifest) return nullptr;
  for (const engine::ManifestPart& known : manifest->parts) {
    if (known.name == part) return &known;
  }
  return nullptr;
}

namespace {

constexpr std::uint64_t kManifestSizeMax = 256 << 20;

Result<std::string> ReadAll(fs::FileSystem& file_system, const fs::FileStatus& file) {
  if (file.size_bytes > kManifestSizeMax) {
    return Corruption(file.path.ToString() + ": " + std::to_string(file.size_bytes) + " bytes are too many");
  }
  auto opened = file_system.Open(file.path);
  if (!opened.ok()) return opened.status();
  std::string content(file.size_bytes, '\0');
  MRD_ASSIGN_OR_RETURN(const std::size_t got, (*opened)->ReadAt(0, content.data(), content.size()));
  content.resize(got);
  return content;
}

Status ListParts(const fs::Path& directory, const std::string& prefix, JobOutput& output) {
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> entries, output.file_system->List(directory));
  for (const fs::FileStatus& entry : entries) {
    const std::string name = entry.path.name();
    if (name.empty() || name[0] == '_' || name[0] == '.') continue;
    if (entry.is_directory) {
      MRD_RETURN_IF_ERROR(ListParts(entry.path, prefix + name + "/", output));
    } else {
      output.parts[prefix + name] = entry.size_bytes;
    }
  }
  return {};
}

}  // namespace

Result<JobOutput> ReadJobOutput(fs::Registry& file_systems, const std::string& path) {
  JobOutput output;
  output.shown = path;
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(path));
  MRD_ASSIGN_OR_RETURN(output.directory, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(output.file_system, file_systems.For(output.directory));
  MRD_ASSIGN_OR_RETURN(const fs::FileStatus found, output.file_system->Stat(output.directory));
  if (!found.is_directory) return InvalidArgument(path + " is a file, not the output directory of a job");
  MRD_RETURN_IF_ERROR(ListParts(output.directory, "", output));

  auto success = output.file_system->Stat(output.directory.Child("_SUCCESS"));
  if (!success.ok()) {
    if (success.status().code() == Code::kNotFound) return output;
    return success.status();
  }
  output.complete = true;
  if (success->size_bytes == 0) return output;  // as Hadoop writes it
  MRD_ASSIGN_OR_RETURN(const std::string content, ReadAll(*output.file_system, *success));
  auto manifest = engine::Manifest::Parse(content);
  if (!manifest.ok()) return Corruption(path + "/_SUCCESS: " + manifest.status().message());
  output.manifest = std::move(manifest).value();
  return output;
}

}  // namespace mrd::tools
