#include "mapred/client/job_pack.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/clock.h"
#include "common/base/environment.h"
#include "common/base/sha256.h"
#include "engine/side_files.h"
#include "formats/archive.h"
#include "mapred/client/plugin_libraries.h"

namespace mrd::mapred {
namespace {

constexpr std::size_t kCopyBytes = 1 << 20;
constexpr std::uint32_t kProgramMode = 0755;

Result<fs::Path> LocalPath(const std::string& path) {
  return fs::Path::Parse("file://" + (path.starts_with('/') ? path : CurrentDirectory() + "/" + path));
}

}  // namespace

Result<JobPack> JobPack::Make(Env& env,
                              fs::Registry& file_systems,
                              const std::string& plugin_path,
                              const engine::JobSettings& settings) {
  JobPack pack(file_systems);
  MRD_RETURN_IF_ERROR(pack.AddPlugin(env, plugin_path));
  for (const std::string& file : settings.side_files) MRD_RETURN_IF_ERROR(pack.AddSide(file, "files/"));
  for (const std::string& archive : settings.side_archives) MRD_RETURN_IF_ERROR(pack.AddSide(archive, "archives/"));
  std::sort(pack.entries_.begin(), pack.entries_.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(pack.entries_.begin(), pack.entries_.end(),
                                        [](const Entry& a, const Entry& b) { return a.name == b.name; });
  if (twice != pack.entries_.end()) {
    return InvalidArgument("two side files are called " + twice->name.substr(twice->name.find('/') + 1) +
                           "; rename one with #link");
  }
  Sha256 hash;
  MRD_RETURN_IF_ERROR(pack.Write([&](std::string_view bytes) {
    hash.Update(bytes.data(), bytes.size());
    pack.bytes_ += bytes.size();
    return Status::Ok();
  }));
  pack.sha256_ = hash.FinalHex();
  return pack;
}

std::vector<std::string> JobPack::Names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  return names;
}

Status JobPack::AddPlugin(Env& env, const std::string& plugin_path) {
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, LocalPath(plugin_path));
  MRD_ASSIGN_OR_RETURN(const std::vector<ShippedLibrary> libraries, PluginLibraries(env, plugin_path));
  MRD_ASSIGN_OR_RETURN(const FileInfo plugin, env.Stat(plugin_path));
  plugin_ = parsed.name();
  entries_.push_back({plugin_, parsed, kProgramMode, plugin.size_bytes});
  for (const ShippedLibrary& library : libraries) {
    if (library.name.starts_with("files/") || library.name.starts_with("archives/")) {
      return FailedPrecondition("the library " + library.path +
                                " lies in a folder whose name a job pack uses itself; give the folder another name");
    }
    MRD_ASSIGN_OR_RETURN(const FileInfo info, env.Stat(library.path));
    MRD_ASSIGN_OR_RETURN(fs::Path path, LocalPath(library.path));
    entries_.push_back({library.name, std::move(path), kProgramMode, info.size_bytes});
  }
  return Status::Ok();
}

Status JobPack::AddSide(const std::string& text, const std::string& folder) {
  MRD_ASSIGN_OR_RETURN(const engine::SideFile side, engine::ParseSideFile(text));
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(side.source));
  MRD_ASSIGN_OR_RETURN(const fs::Path path, file_systems_->Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems_->For(path));
  Result<fs::FileStatus> there = system->Stat(path);
  if (!there.ok() && there.status().code() == Code::kNotFound) {
    return NotFound("File " + side.source + " does not exist.");
  }
  MRD_RETURN_IF_ERROR(there.status());
  return AddTree(*system, *there, folder + side.link);
}

Status JobPack::AddTree(fs::FileSystem& system, const fs::FileStatus& status, const std::string& name) {
  if (!status.is_directory) {
    entries_.push_back({name, status.path, (status.mode & 0111) != 0 ? kProgramMode : 0644, status.size_bytes});
    return Status::Ok();
  }
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> children, system.List(status.path));
  for (const fs::FileStatus& child : children) {
    MRD_RETURN_IF_ERROR(AddTree(system, child, name + "/" + child.path.name()));
  }
  return Status::Ok();
}

Status JobPack::Write(const Sink& sink) const {
  formats::TarWriter tar(sink);
  std::vector<char> buffer(kCopyBytes);
  for (const Entry& entry : entries_) {
    MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems_->For(entry.source));
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> file, system->Open(entry.source));
    MRD_RETURN_IF_ERROR(tar.Begin(entry.name, entry.mode, entry.size));
    for (std::uint64_t at = 0;;) {
      MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(at, buffer.data(), buffer.size()));
      if (got == 0) break;
      MRD_RETURN_IF_ERROR(tar.Append(buffer.data(), got));
      at += got;
    }
  }
  return tar.Finish();
}

Result<fs::Path> JobPack::Store(const fs::Path& directory) const {
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems_->For(directory));
  const fs::Path place = directory.Child(sha256_);
  if (const Result<fs::FileStatus> there = system->Stat(place); there.ok() && there->size_bytes == bytes_) return place;

  // Every user of the cluster may add packs; nobody may remove those of others. Not every file system has that bit.
  if (const Result<fs::FileStatus> there = system->Stat(directory); there.status().code() == Code::kNotFound) {
    MRD_RETURN_IF_ERROR(system->Mkdirs(directory));
    static_cast<void>(system->SetPermission(directory, 01777).ok());
  }
  // Names of drafts differ between clients that store the same pack at one moment.
  const fs::Path draft = directory.Child("." + sha256_ + "." + std::to_string(::getpid()) + "." +
                                         std::to_string(Clock::System().WallMillis()));
  const auto store = [&]() -> Status {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::OutputFile> file, system->Create(draft, /*overwrite=*/true));
    Sha256 hash;
    MRD_RETURN_IF_ERROR(Write([&](std::string_view bytes) {
      hash.Update(bytes.data(), bytes.size());
      return file->Append(bytes.data(), bytes.size());
    }));
    MRD_RETURN_IF_ERROR(file->Close());
    if (hash.FinalHex() != sha256_) {
      return FailedPrecondition(
          "the plugin or one of its side files was changed while the job was submitted; try again");
    }
    Status renamed = system->Rename(draft, place);
    if (renamed.ok() || renamed.code() != Code::kAlreadyExists) return renamed;
    // Somebody else was faster, or an older one is broken: only a whole file stays.
    MRD_ASSIGN_OR_RETURN(const fs::FileStatus there, system->Stat(place));
    if (there.size_bytes == bytes_) {
      MRD_ASSIGN_OR_RETURN(const bool removed, system->Delete(draft, /*recursive=*/false));
      static_cast<void>(removed);
      return Status::Ok();
    }
    MRD_ASSIGN_OR_RETURN(const bool removed, system->Delete(place, /*recursive=*/false));
    static_cast<void>(removed);
    return system->Rename(draft, place);
  };
  Status stored = store();
  if (stored.ok()) return place;
  static_cast<void>(system->Delete(draft, /*recursive=*/false).ok());  // it may not even have been made
  return std::move(stored).WithContext("store the job pack in " + directory.ToString());
}

}  // namespace mrd::mapred
