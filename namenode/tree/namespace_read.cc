#include <charconv>

#include "common/base/check.h"
#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/path.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

Status NotFound(std::string message) { return dfs::Exception(dfs::java::kFileNotFound, std::move(message)); }

// The file at the end of a path, with HDFS's words when there is none.
Result<const File*> RequireFile(const ResolvedPath& path) {
  if (path.last() == nullptr) return NotFound("File does not exist: " + path.Path());
  const File* file = AsFile(path.last());
  if (file == nullptr) return NotFound("Path is not a file: " + path.Path());
  return file;
}

constexpr std::uint16_t kReservedMode = 0770;

}  // namespace

// ---- Statuses ----------------------------------------------------------------------------------------------------

dfs::FileStatus Namespace::StatusOfInode(const Inode& inode) const {
  dfs::FileStatus status;
  status.permission = static_cast<std::uint16_t>(inode.mode);
  status.owner = tree_->Owner(inode);
  status.group = tree_->Group(inode);
  status.modified_ms = inode.modified_ms;
  status.accessed_ms = inode.accessed_ms;
  status.id = inode.inode_id();
  if (const File* file = AsFile(&inode)) {
    status.length = file->total_length();
    status.replication = static_cast<std::uint32_t>(file->replication);
    status.block_size = tree_->BlockSize(*file);
  } else {
    status.type = dfs::FileType::kDirectory;
    status.children = static_cast<std::int32_t>(AsDirectory(&inode)->children.size());
  }
  return status;
}

dfs::FileStatus Namespace::StatusOf(FileRef file) const { return StatusOfInode(*file.file_); }

namespace {

// "/.reserved" and "/.reserved/.inodes" exist for whoever looks; nothing lies in them that could be listed.
dfs::FileStatus ReservedStatus(const TreeOptions& options) {
  dfs::FileStatus status;
  status.type = dfs::FileType::kDirectory;
  status.permission = kReservedMode;
  status.owner = options.superuser;
  status.group = options.supergroup;
  return status;
}

bool IsReservedDirectory(const ResolvedPath& path) {
  return path.depth() > 0 && path.name(1) == kReservedName &&
         (path.depth() == 1 || (path.depth() == 2 && path.name(2) == kInodesName));
}

}  // namespace

Result<std::optional<dfs::FileStatus>> Namespace::GetFileInfo(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(resolved.Resolve(*tree_, path));
  const PathGuard guard = Guard(caller);
  const Status passed = guard.Traverse(resolved, false);
  if (!passed.ok()) {
    // To the superuser a path below a file is just missing, as in HDFS, whose contract tests rely on it.
    if (guard.bypass()) return std::optional<dfs::FileStatus>();
    return passed;
  }
  if (const Inode* inode = resolved.last()) return std::optional(StatusOfInode(*inode));
  if (IsReservedDirectory(resolved)) return std::optional(ReservedStatus(options_));
  return std::optional<dfs::FileStatus>();
}

Result<std::optional<dfs::DirectoryListing>> Namespace::GetListing(const Caller& caller,
                                                                   std::string_view path,
                                                                   std::string_view start_after,
                                                                   std::size_t blocks_max) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  dfs::DirectoryListing listing;
  if (resolved.last() == nullptr) {
    if (!IsReservedDirectory(resolved)) return std::optional<dfs::DirectoryListing>();
    if (resolved.depth() == 1 && start_after < kInodesName) {
      listing.entries.push_back(ReservedStatus(options_));
      listing.entries.back().path = kInodesName;
    }
    return std::optional(std::move(listing));
  }
  const Directory* directory = AsDirectory(resolved.last());
  if (directory == nullptr) {
    listing.entries.push_back(StatusOfInode(*resolved.last()));
    return std::optional(std::move(listing));
  }
  MRD_RETURN_IF_ERROR(Guard(caller).Last(resolved, Access::kReadExecute));

  ResolvedPath start;  // keeps the memory of a translated name
  if (start_after.starts_with("/.reserved/")) {
    const Status found = start.Resolve(*tree_, start_after);
    if (!found.ok() || start.last() == nullptr) {
      return dfs::Exception("org.apache.hadoop.fs.DirectoryListingStartAfterNotFoundException",
                            "Can't find startAfter " + std::string(start_after));
    }
    start_after = start.last_name();
  }
  auto at = start_after.empty() ? directory->children.Begin() : directory->children.After(start_after);
  const std::size_t left = directory->children.size() - directory->children.Rank(at);
  listing.entries.reserve(std::min(left, options_.list_limit));
  std::size_t blocks = 0;
  for (const Inode* child = directory->children.At(at); child != nullptr && listing.entries.size() < options_.list_limit;
       child = directory->children.At(at)) {
    if (blocks_max != 0 && blocks >= blocks_max) break;
    listing.entries.push_back(StatusOfInode(*child));
    listing.entries.back().path = child->name();
    // Roughly the locations that the page will carry, as HDFS counts them.
    if (const File* file = AsFile(child)) blocks += BlockCount(*file) * file->replication;
    at = directory->children.Next(at);
  }
  listing.remaining = static_cast<std::uint32_t>(left - listing.entries.size());
  return std::optional(std::move(listing));
}

// ---- Sums --------------------------------------------------------------------------------------------------------

Result<dfs::ContentSummary> Namespace::GetContentSummary(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  if (resolved.last() == nullptr) return NotFound("File does not exist: " + resolved.Path());
  dfs::ContentSummary summary;
  Usage usage;
  if (const Directory* directory = AsDirectory(resolved.last())) {
    MRD_RETURN_IF_ERROR(Guard(caller).ReadSubtree(*directory));
    usage = directory->WithSelf();
    if (directory->quota) {
      summary.quota = directory->quota->names;
      summary.space_quota = directory->quota->space;
    }
  } else {
    const File& file = *AsFile(resolved.last());
    usage = Tree::UsageOfFile(file, tree_->BlockSize(file));
  }
  summary.length = usage.length;
  summary.files = usage.files;
  summary.directories = usage.directories;
  summary.space_consumed = usage.space;
  return summary;
}

Result<QuotaUsage> Namespace::GetQuotaUsage(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  QuotaUsage result;
  const Directory* directory = AsDirectory(resolved.last());
  if (directory != nullptr && directory->quota != nullptr) {
    const Usage usage = directory->WithSelf();
    return QuotaUsage{usage.inodes(), directory->quota->names, usage.space, directory->quota->space};
  }
  // Without a quota HDFS counts, and so asks for the permissions that counting needs.
  MRD_ASSIGN_OR_RETURN(const dfs::ContentSummary summary, GetContentSummary(caller, path));
  result.files_and_directories = summary.files + summary.directories;
  result.space_consumed = summary.space_consumed;
  return result;
}

// ---- Small questions ---------------------------------------------------------------------------------------------

Result<std::uint64_t> Namespace::GetPreferredBlockSize(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  MRD_ASSIGN_OR_RETURN(const File* file, RequireFile(resolved));
  return tree_->BlockSize(*file);
}

Result<bool> Namespace::IsFileClosed(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  MRD_ASSIGN_OR_RETURN(const File* file, RequireFile(resolved));
  return !file->is_open;
}

Status Namespace::CheckAccess(const Caller& caller, std::string_view path, Access access) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  if (resolved.last() == nullptr) return NotFound("Path not found: " + resolved.Path());
  return Guard(caller).Last(resolved, access);
}

Result<std::string> Namespace::GetEnclosingRoot(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  return std::string("/");
}

// ---- Files -------------------------------------------------------------------------------------------------------

Result<FileRef> Namespace::FileForRead(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  MRD_ASSIGN_OR_RETURN(const File* file, RequireFile(resolved));
  MRD_RETURN_IF_ERROR(Guard(caller).Last(resolved, Access::kRead));
  return Ref(file);
}

Result<FileRef> Namespace::FileForWrite(const Caller& caller, std::string_view path) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  MRD_RETURN_IF_ERROR(Guard(caller).Last(resolved, Access::kWrite));
  MRD_ASSIGN_OR_RETURN(const File* file, RequireFile(resolved));
  return Ref(file);
}

Result<FileRef> Namespace::FileForAppend(const Caller& caller,
                                         std::string_view path,
                                         std::string_view client_machine) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(caller, path, false, &resolved));
  if (AsDirectory(resolved.last()) != nullptr) {
    return dfs::Exception(dfs::java::kFileAlreadyExists, "Cannot append to directory " + resolved.Path() +
                                                             "; already exists as a directory.");
  }
  MRD_RETURN_IF_ERROR(Guard(caller).Last(resolved, Access::kWrite));
  if (resolved.last() == nullptr) {
    return NotFound("Failed to append to non-existent file " + resolved.Path() + " for client " +
                    std::string(client_machine));
  }
  return Ref(AsFile(resolved.last()));
}

Result<FileRef> Namespace::FileForLease(std::string_view path, dfs::InodeId id, std::string_view client_name) const {
  std::string shown(path);
  const Inode* inode = nullptr;
  if (id.value != 0) {
    inode = tree_->Find(id);
    if (inode != nullptr) shown = PathOfInode(*inode);
  } else {
    ResolvedPath resolved;
    MRD_RETURN_IF_ERROR(resolved.Resolve(*tree_, path));
    inode = resolved.last();
  }
  const std::string holder(client_name);
  const auto about = [&] {
    const std::size_t open = tree_->OpenFilesOf(client_name);
    return shown + " (inode " + std::to_string(id.value) + ") " +
           (open == 0 ? "Holder " + holder + " does not have any open files."
                      : "[Lease.  Holder: " + holder + ", pending creates: " + std::to_string(open) + "]");
  };
  if (inode == nullptr) return NotFound("File does not exist: " + about());
  const File* file = AsFile(inode);
  if (file == nullptr) {
    return dfs::Exception(dfs::java::kLeaseExpired, "INode is not a regular file: " + about());
  }
  if (!file->is_open) {
    return dfs::Exception(dfs::java::kLeaseExpired, "File is not open for writing: " + about());
  }
  const std::string& owner = tree_->WriterOf(*file).client_name;
  if (owner != client_name) {
    return dfs::Exception(dfs::java::kLeaseExpired,
                          "Client (=" + holder + ") is not the lease owner (=" + owner + ": " + about());
  }
  return Ref(file);
}

FileRef Namespace::FindFile(dfs::InodeId id) const {
  const File* file = AsFile(tree_->Find(id));
  return file ? Ref(file) : FileRef();
}

FileRef Namespace::FindFile(std::string_view path) const {
  ResolvedPath resolved;
  if (!resolved.Resolve(*tree_, path).ok()) return {};
  const File* file = AsFile(resolved.last());
  return file ? Ref(file) : FileRef();
}

std::string Namespace::PathOf(dfs::InodeId id) const {
  const Inode* inode = tree_->Find(id);
  return inode ? PathOfInode(*inode) : std::string();
}

std::uint64_t Namespace::file_count() const { return tree_->root()->below.files; }
std::uint64_t Namespace::directory_count() const { return tree_->root()->below.directories + 1; }

}  // namespace mrd::namenode
