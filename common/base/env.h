#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd {

// An open file on a local disk. Not thread-safe, but ReadAt() may be called from several threads at once.
// The destructor closes; an error that only close(2) would report is lost then, so writers call Close().
class File {
 public:
  virtual ~File() = default;
  // Reads up to `size` bytes at `offset`. Short only at the end of the file; 0 means at or past the end.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) = 0;
  // Appends all of it at the file's end, or fails; after a failure how much was written is unknown.
  virtual Status Append(const char* data, std::size_t size) = 0;
  virtual Result<std::uint64_t> Size() = 0;
  virtual Status Sync() = 0;
  virtual Status Close() = 0;

  // For files opened by Env::OpenForUpdate() alone; others answer kUnimplemented.
  // Writes all of it at `offset`, or fails; after a failure how much was written is unknown. Does not move the place
  // at which Append() writes unless it writes past the end.
  virtual Status WriteAt(std::uint64_t offset, const char* data, std::size_t size);
  // Makes the file `size` bytes long; new bytes are zero.
  virtual Status Truncate(std::uint64_t size);
  // Reserves the disk's room for [offset, offset + size), growing the file if need be; new bytes are zero.
  virtual Status Allocate(std::uint64_t offset, std::uint64_t size);
  // The descriptor of a file on a real disk, -1 for others. It stays the file's.
  virtual int descriptor() const { return -1; }
};

// The room of the volume that a path lies on, in bytes. `available` is what this user may still take.
struct VolumeSpace {
  std::uint64_t capacity = 0;
  std::uint64_t available = 0;
};

enum class FileType { kFile, kDirectory, kOther };

struct FileInfo {
  std::string name;  // last component for ListDir(), the path as given for Stat()
  FileType type = FileType::kFile;
  std::uint64_t size_bytes = 0;
  std::uint32_t mode = 0;  // permission bits
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::int64_t modified_ms = 0;  // since 1970
  std::int64_t accessed_ms = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// The local disk. Everything of ours that touches files goes through an Env, so that tests can fail the n-th call,
// fill the disk or drop what was not flushed. Every error names the path. Thread-safe.
class Env {
 public:
  virtual ~Env() = default;

  virtual Result<std::unique_ptr<File>> OpenForRead(const std::string& path) = 0;
  // Creates the file, or fails with kAlreadyExists.
  virtual Result<std::unique_ptr<File>> Create(const std::string& path) = 0;
  // Creates or empties the file.
  virtual Result<std::unique_ptr<File>> CreateOrTruncate(const std::string& path) = 0;
  // Opens for reading and writing, creating the file when absent. Append() writes at the end as it is now.
  virtual Result<std::unique_ptr<File>> OpenForUpdate(const std::string& path) = 0;
  virtual Result<VolumeSpace> Space(const std::string& path) = 0;  // of an existing path
  virtual Status Rename(const std::string& from, const std::string& to) = 0;  // replaces a file at `to`
  // The same, but kAlreadyExists when anything is at `to`; checked and done in one step.
  virtual Status RenameNew(const std::string& from, const std::string& to) = 0;
  virtual Status RemoveFile(const std::string& path) = 0;
  virtual Status CreateDir(const std::string& path, std::uint32_t mode = 0777) = 0;  // kAlreadyExists if there
  virtual Status RemoveDir(const std::string& path) = 0;                             // must be empty
  virtual Result<std::vector<FileInfo>> ListDir(const std::string& path) = 0;  // sorted by name, no . and ..;
                                                                               // links are kOther
  virtual Result<FileInfo> Stat(const std::string& path) = 0;                  // follows links
  virtual Result<FileInfo> LinkStat(const std::string& path) = 0;              // does not
  // The absolute path without links, "." and ".."; kNotFound if absent.
  virtual Result<std::string> RealPath(const std::string& path) = 0;
  virtual Status Symlink(const std::string& target, const std::string& link) = 0;
  virtual Status SetMode(const std::string& path, std::uint32_t mode) = 0;
  virtual Status SyncDir(const std::string& path) = 0;
  // Holds an exclusive lock on the file (created if absent) until the result is destroyed or the process ends.
  // kUnavailable when another process holds it.
  virtual Result<std::unique_ptr<File>> Lock(const std::string& path) = 0;

  // The process-wide real disk.
  static Env& Posix();
};

// Made of Env calls only.
Status CreateDirs(Env& env, const std::string& path);             // with parents; fine if there
Status RemoveTree(Env& env, const std::string& path);             // fine if absent; does not follow links;
                                                                  // goes on after an error, returns the first
Result<bool> Exists(Env& env, const std::string& path);
Result<std::string> ReadWholeFile(Env& env, const std::string& path);
// Temporary file (".NAME.tmp" beside it), flush, rename, flush directory: the new content is there whole or not at
// all. One writer of a path at a time.
Status WriteFileDurably(Env& env, const std::string& path, std::string_view content);

}  // namespace mrd
