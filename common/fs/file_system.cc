#include "common/fs/file_system.h"

#include <algorithm>

#include "common/base/environment.h"

namespace mrd::fs {
namespace {

Status Unsupported(const FileSystem& fs, const char* operation, const Path& path) {
  return Unimplemented(std::string(operation) + " " + path.ToString() + ": the file system \"" + fs.scheme() +
                       "\" cannot do that");
}

}  // namespace

void InputFile::DropCached(std::uint64_t, std::uint64_t) {}

Result<std::unique_ptr<OutputFile>> FileSystem::Create(const Path& path, const CreateOptions& options) {
  return Create(path, options.overwrite);
}
Result<std::unique_ptr<OutputFile>> FileSystem::Append(const Path& path) { return Unsupported(*this, "append to", path); }
Status FileSystem::Mkdirs(const Path& path, std::optional<std::uint32_t>, bool) { return Mkdirs(path); }
Result<bool> FileSystem::RenameInto(const Path& from, const Path&) { return Unsupported(*this, "rename", from); }
Status FileSystem::SetPermission(const Path& path, std::uint32_t) { return Unsupported(*this, "chmod", path); }
Status FileSystem::SetOwner(const Path& path, const std::string&, const std::string&) {
  return Unsupported(*this, "chown", path);
}
Status FileSystem::SetTimes(const Path& path, std::int64_t, std::int64_t) {
  return Unsupported(*this, "set the times of", path);
}
Result<bool> FileSystem::SetReplication(const Path& path, std::uint32_t) {
  return Unsupported(*this, "set the replication of", path);
}
Result<bool> FileSystem::Truncate(const Path& path, std::uint64_t) { return Unsupported(*this, "truncate", path); }
Status FileSystem::Concat(const Path& target, const std::vector<Path>&) { return Unsupported(*this, "concat", target); }
Result<ContentSummary> FileSystem::Summarize(const Path& path) { return Unsupported(*this, "summarize", path); }
Result<FileChecksum> FileSystem::Checksum(const Path& path) { return Unsupported(*this, "checksum", path); }
Result<Capacity> FileSystem::Space(const Path& path) { return Unsupported(*this, "space of", path); }
Result<std::uint64_t> FileSystem::TrashIntervalMinutes() { return std::uint64_t{0}; }
Result<bool> FileSystem::IsClosed(const Path&) { return true; }
std::string FileSystem::UserName() const { return CurrentUserName(); }

Result<bool> FileSystem::MayAccess(const Path& path, std::uint32_t wanted) {
  MRD_ASSIGN_OR_RETURN(const FileStatus status, Stat(path));
  const std::string user = UserName();
  std::uint32_t granted = status.mode & 7;
  if (status.owner == user) {
    granted = status.mode >> 6 & 7;
  } else {
    const std::vector<std::string> groups = GroupsOfUser(user);
    if (std::find(groups.begin(), groups.end(), status.group) != groups.end()) granted = status.mode >> 3 & 7;
  }
  return (granted & wanted) == wanted;
}

}  // namespace mrd::fs
