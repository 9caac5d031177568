#include "engine/side_files.h"

#include <vector>

#include "formats/archive.h"

namespace mrd::engine {

namespace {

constexpr std::size_t kCopyBytes = 256 << 10;

Status Copy(fs::FileSystem& system, const fs::Path& from, Env& env, const std::string& to) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<fs::InputFile> input, system.Open(from));
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> output, env.Create(to));
  std::vector<char> buffer(kCopyBytes);
  for (std::uint64_t at = 0;;) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, input->ReadAt(at, buffer.data(), buffer.size()));
    if (got == 0) return output->Close();
    MRD_RETURN_IF_ERROR(output->Append(buffer.data(), got));
    at += got;
  }
}

}  // namespace

Result<SideFile> ParseSideFile(const std::string& text) {
  SideFile side;
  const std::size_t hash = text.find('#');
  side.source = text.substr(0, hash);
  MRD_ASSIGN_OR_RETURN(const fs::Path path, fs::Path::Parse(side.source));
  side.link = hash == std::string::npos ? path.name() : text.substr(hash + 1);
  if (side.link.empty() || side.link.find('/') != std::string::npos || side.link == "." || side.link == "..") {
    return InvalidArgument("side file " + text + ": \"" + side.link + "\" cannot be a link name; use path#name");
  }
  return side;
}

Status PlaceSideFiles(Env& env,
                      fs::Registry& file_systems,
                      const JobSettings& settings,
                      const std::string& directory) {
  const auto place = [&](const std::string& text, bool archive) -> Status {
    MRD_ASSIGN_OR_RETURN(const SideFile side, ParseSideFile(text));
    MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(side.source));
    MRD_ASSIGN_OR_RETURN(const fs::Path path, file_systems.Qualify(parsed));
    MRD_ASSIGN_OR_RETURN(std::shared_ptr<fs::FileSystem> system, file_systems.For(path));
    Result<fs::FileStatus> there = system->Stat(path);
    if (!there.ok() && there.status().code() == Code::kNotFound) {
      return NotFound("File " + side.source + " does not exist.");
    }
    MRD_RETURN_IF_ERROR(there.status());
    const std::string target = directory + "/" + side.link;
    MRD_ASSIGN_OR_RETURN(const bool taken, Exists(env, target));
    if (taken) return InvalidArgument("two side files are called " + side.link + "; rename one with #link");
    const bool local = system->scheme() == "file";
    if (!archive) return local ? env.Symlink(path.path(), target) : Copy(*system, path, env, target);
    MRD_RETURN_IF_ERROR(env.CreateDir(target));
    if (local) return formats::UnpackArchive(env, path.path(), target);
    const std::string fetched = target + ".fetched";
    MRD_RETURN_IF_ERROR(Copy(*system, path, env, fetched));
    MRD_RETURN_IF_ERROR(formats::UnpackArchive(env, fetched, target));
    return env.RemoveFile(fetched);
  };
  for (const std::string& file : settings.side_files) MRD_RETURN_IF_ERROR(place(file, /*archive=*/false));
  for (const std::string& archive : settings.side_archives) MRD_RETURN_IF_ERROR(place(archive, /*archive=*/true));
  return Status::Ok();
}

}  // namespace mrd::engine
