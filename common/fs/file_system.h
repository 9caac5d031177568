#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/fs/path.h"

namespace mrd::fs {

// What is known of a path. Durations and owners as the file system has them.
struct FileStatus {
  Path path;  // full, with scheme when the file system is not the local one
  bool is_directory = false;
  std::uint64_t size_bytes = 0;
  std::uint64_t block_size_bytes = 0;
  std::uint32_t mode = 0;
  std::int64_t modified_ms = 0;
  std::string owner;
  std::string group;
  std::uint32_t replication = 1;  // 0 for a directory of a DFS
  std::int64_t accessed_ms = 0;
};

// How a new file is made. What is not set is the file system's default.
struct CreateOptions {
  bool overwrite = false;
  bool create_parents = true;
  std::optional<std::uint32_t> permission;  // before the umask
  std::optional<std::uint32_t> replication;
  std::optional<std::uint64_t> block_size_bytes;
};

// Numbers of a tree, as `-du` and `-count` print them. Quotas are -1 where none is set.
struct ContentSummary {
  std::uint64_t length = 0;
  std::uint64_t files = 0;
  std::uint64_t directories = 0;  // with the directory itself
  std::uint64_t space_consumed = 0;
  std::int64_t quota = -1;
  std::int64_t space_quota = -1;
};

// What `-checksum` prints. `algorithm` as Hadoop names it: "MD5-of-0MD5-of-512CRC32C".
struct FileChecksum {
  std::string algorithm;
  std::string bytes;  // raw
};

struct Capacity {
  std::uint64_t capacity = 0;
  std::uint64_t used = 0;
  std::uint64_t remaining = 0;
};

// A range of a file and the hosts that hold it (empty list: anywhere, which is what the local file system says).
struct BlockLocation {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::vector<std::string> hosts;
};

// ReadAt() may be called from several threads at once.
class InputFile {
 public:
  virtual ~InputFile() = default;
  // Reads up to `size` bytes at `offset`; short only at the end of the file, 0 at or past the end.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) = 0;
  virtual Result<std::uint64_t> Size() = 0;
  // A hint: these bytes will not be read again soon, so memory that caches them serves others better.
  virtual void DropCached(std::uint64_t offset, std::uint64_t size);
};

// One writer at a time. The file is complete only after Close() returned OK; destroying it earlier leaves what a
// crash would leave.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual Status Append(const char* data, std::size_t size) = 0;
  virtual Status Close() = 0;
  // Hadoop's hflush: what was appended is visible to readers. hsync: it is on disk too.
  virtual Status Hflush() { return Status::Ok(); }
  virtual Status Hsync() { return Status::Ok(); }
};

// Counted per scheme for the counter group "File System Counters". Read with relaxed loads.
struct IoStatistics {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t read_operations = 0;        // open, list, status
  std::uint64_t large_read_operations = 0;  // listings of more than one page
  std::uint64_t write_operations = 0;       // create, rename, delete, mkdirs
};

// A file system as jobs and commands see it: blocking calls, absolute paths, Hadoop's meaning of each operation.
// Thread-safe. Errors name the path.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual std::string scheme() const = 0;
  virtual Result<std::unique_ptr<InputFile>> Open(const Path& path) = 0;
  // Creates the file and missing parents. kAlreadyExists unless `overwrite`.
  virtual Result<std::unique_ptr<OutputFile>> Create(const Path& path, bool overwrite) = 0;
  virtual Result<FileStatus> Stat(const Path& path) = 0;  // kNotFound if absent
  virtual Result<std::vector<FileStatus>> List(const Path& path) = 0;  // sorted by name; a file lists itself
  virtual Status Mkdirs(const Path& path) = 0;                    // with parents; fine if there
  // Atomic. kAlreadyExists when `to` exists; kNotFound when its parent does not.
  virtual Status Rename(const Path& from, const Path& to) = 0;
  // False when there was nothing to delete. A directory that is not empty needs `recursive`.
  virtual Result<bool> Delete(const Path& path, bool recursive) = 0;
  virtual Result<std::vector<BlockLocation>> Locate(const Path& path, std::uint64_t offset,
                                                    std::uint64_t length) = 0;
  // The same directory entry or file, however spelled (links, "..", trailing slashes): for "output inside input".
  virtual Result<Path> Canonical(const Path& path) = 0;
  virtual IoStatistics Statistics() const = 0;

  // What commands need beyond jobs. A file system without it answers kUnimplemented, naming operation and scheme.
  virtual Result<std::unique_ptr<OutputFile>> Create(const Path& path, const CreateOptions& options);
  virtual Result<std::unique_ptr<OutputFile>> Append(const Path& path);
  // With parents when `create_parents`; else kNotFound naming the missing one. `permission` is before the umask.
  virtual Status Mkdirs(const Path& path, std::optional<std::uint32_t> permission, bool create_parents);
  // Hadoop's classic rename behind `-mv`: false, without a reason, where that answers false (source missing, target is
  // a file, target's parent missing, …); into `to` when that is a directory.
  virtual Result<bool> RenameInto(const Path& from, const Path& to);
  virtual Status SetPermission(const Path& path, std::uint32_t mode);
  virtual Status SetOwner(const Path& path, const std::string& owner, const std::string& group);  // "" leaves it
  virtual Status SetTimes(const Path& path, std::int64_t modified_ms, std::int64_t accessed_ms);  // -1 leaves it
  virtual Result<bool> SetReplication(const Path& path, std::uint32_t replication);
  virtual Result<bool> Truncate(const Path& path, std::uint64_t length);  // false: done in the background
  virtual Status Concat(const Path& target, const std::vector<Path>& sources);
  virtual Result<ContentSummary> Summarize(const Path& path);
  virtual Result<FileChecksum> Checksum(const Path& path);
  virtual Result<Capacity> Space(const Path& path);
  virtual Result<std::uint64_t> TrashIntervalMinutes();  // the server's; 0: none
  virtual Result<bool> IsClosed(const Path& path);       // no writer has it open
  virtual std::string UserName() const;                  // as whom this file system acts
  // Whether that user may do what `wanted` says: 4 read, 2 write, 1 execute or search, or a sum of these. Here by owner,
  // group and permission bits, as if nobody were a superuser.
  virtual Result<bool> MayAccess(const Path& path, std::uint32_t wanted);
};

}  // namespace mrd::fs
