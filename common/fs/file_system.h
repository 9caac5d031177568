#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
  std::uint32_t replication = 1;
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
};

// One writer at a time. The file is complete only after Close() returned OK; destroying it earlier leaves what a
// crash would leave.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual Status Append(const char* data, std::size_t size) = 0;
  virtual Status Close() = 0;
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
};

}  // namespace mrd::fs
