#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/env.h"
#include "common/base/unique_fd.h"

namespace mrd {
namespace {

// The kernel moves at most about 2 GiB in one call anyway.
constexpr std::size_t kIoBytesMax = std::size_t{1} << 30;

// Repeats a system call that a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

Status Failed(const char* what, const std::string& path) {
  return FromErrno(errno, std::string(what) + " " + path);
}

Status FailedPair(const char* what, const std::string& from, const std::string& to) {
  return FromErrno(errno, std::string(what) + " " + from + " to " + to);
}

std::int64_t Milliseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

FileInfo ToInfo(const struct stat& st, std::string name) {
  FileInfo info;
  info.name = std::move(name);
  info.type = S_ISREG(st.st_mode)   ? FileType::kFile
              : S_ISDIR(st.st_mode) ? FileType::kDirectory
                                    : FileType::kOther;
  info.size_bytes = static_cast<std::uint64_t>(st.st_size);
  info.mode = st.st_mode & 07777;
  info.inode = st.st_ino;
  info.device = st.st_dev;
  info.modified_ms = Milliseconds(st.st_mtim);
  info.accessed_ms = Milliseconds(st.st_atim);
  info.uid = st.st_uid;
  info.gid = st.st_gid;
  return info;
}

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::string path, std::uint64_t end = 0)
      : fd_(std::move(fd)), path_(std::move(path)), end_(end) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const std::size_t piece = std::min(size - done, kIoBytesMax);
      const ssize_t got = Retry(
          [&] { return ::pread(fd_.get(), out + done, piece, static_cast<off_t>(offset + done)); });
      if (got < 0)
        return FromErrno(errno, "read " + path_ + " at " + std::to_string(offset + done));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Status Append(const char* data, std::size_t size) override {
    while (size > 0) {
      MRD_ASSIGN_OR_RETURN(const std::size_t put, WriteSome(end_, data, size));
      data += put;
      size -= put;
      end_ += put;
    }
    return Status::Ok();
  }

  Status WriteAt(std::uint64_t offset, const char* data, std::size_t size) override {
    while (size > 0) {
      MRD_ASSIGN_OR_RETURN(const std::size_t put, WriteSome(offset, data, size));
      data += put;
      size -= put;
      offset += put;
      end_ = std::max(end_, offset);
    }
    return Status::Ok();
  }

  Status Truncate(std::uint64_t size) override {
    if (Retry([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) return Failed("truncate", path_);
    end_ = size;
    return Status::Ok();
  }

  Status Allocate(std::uint64_t offset, std::uint64_t size) override {
    int error = EINTR;
    while (error == EINTR) {
      error = ::posix_fallocate(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(size));
    }
    if (error != 0) return FromErrno(error, "allocate " + path_);
    end_ = std::max(end_, offset + size);
    return Status::Ok();
  }

  int descriptor() const override { return fd_.get(); }

  Result<std::uint64_t> Size() override {
    struct stat st;
    if (::fstat(fd_.get(), &st) != 0) return Failed("stat", path_);
    return static_cast<std::uint64_t>(st.st_size);
  }

  Status Sync() override {
    if (Retry([&] { return ::fdatasync(fd_.get()); }) != 0) return Failed("flush", path_);
    return Status::Ok();
  }

  Status Close() override {
    if (!fd_.valid()) return Status::Ok();
    // Linux has released the descriptor whatever close() returns; EINTR is then no news about the
    // data.
    if (::close(fd_.Release()) != 0 && errno != EINTR) return Failed("close", path_);
    return Status::Ok();
  }

 private:
  // Writes at least one byte.
  Result<std::size_t> WriteSome(std::uint64_t offset, const char* data, std::size_t size) {
    const std::size_t piece = std::min(size, kIoBytesMax);
    const ssize_t put = Retry([&] { return ::pwrite(fd_.get(), data, piece, static_cast<off_t>(offset)); });
    if (put < 0) return FromErrno(errno, "write " + path_ + " at " + std::to_string(offset));
    // A write of nothing would go on for ever; no file system that works answers so.
    if (put == 0) return IoError("write " + path_ + " at " + std::to_string(offset) + ": nothing was written");
    return static_cast<std::size_t>(put);
  }

  UniqueFd fd_;
  const std::string path_;
  std::uint64_t end_;  // where Append() writes
};

class PosixEnv final : public Env {
 public:
  Result<std::unique_ptr<File>> OpenForRead(const std::string& path) override {
    // O_NONBLOCK so that opening a named pipe returns; it means nothing for files.
    MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDONLY | O_NONBLOCK));
    struct stat st;
    if (::fstat(fd.get(), &st) != 0) return Failed("stat", path);
    if (S_ISDIR(st.st_mode))
      return InvalidArgument("open " + path + ": it is a directory, not a file");
    if (S_ISFIFO(st.st_mode)) {
      return InvalidArgument("open " + path +
                             ": it is a pipe, which cannot be read at an offset; " +
                             "copy it into a file first");
    }
    return Wrap(std::move(fd), path);
  }

  Result<std::unique_ptr<File>> Create(const std::string& path) override {
    MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDWR | O_CREAT | O_EXCL, "create"));
    return Wrap(std::move(fd), path);
  }

  Result<std::unique_ptr<File>> OpenForUpdate(const std::string& path) override {
    MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDWR | O_CREAT, "open"));
    struct stat st;
    if (::fstat(fd.get(), &st) != 0) return Failed("stat", path);
    std::unique_ptr<File> file =
        std::make_unique<PosixFile>(std::move(fd), path, static_cast<std::uint64_t>(st.st_size));
    return file;
  }

  Result<VolumeSpace> Space(const std::string& path) override {
    struct statvfs st;
    if (Retry([&] { return ::statvfs(path.c_str(), &st); }) != 0) return Failed("ask the room of", path);
    VolumeSpace space;
    space.capacity = static_cast<std::uint64_t>(st.f_blocks) * st.f_frsize;
    space.available = static_cast<std::uint64_t>(st.f_bavail) * st.f_frsize;
    return space;
  }

  Result<std::unique_ptr<File>> CreateOrTruncate(const std::string& path) override {
    MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDWR | O_CREAT | O_TRUNC, "create"));
    return Wrap(std::move(fd), path);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return FailedPair("rename", from, to);
    return Status::Ok();
  }

  Status RenameNew(const std::string& from, const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
      return Status::Ok();
    // Some network file systems lack the flag; there the check and the rename are two steps.
    if (errno != EINVAL && errno != ENOSYS) return FailedPair("rename", from, to);
    struct stat st;
    if (::lstat(to.c_str(), &st) == 0) {
      errno = EEXIST;
      return FailedPair("rename", from, to);
    }
    return Rename(from, to);
  }

  Status RemoveFile(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return Failed("remove", path);
    return Status::Ok();
  }

  Status CreateDir(const std::string& path, std::uint32_t mode) override {
    if (::mkdir(path.c_str(), mode) != 0) return Failed("create directory", path);
    return Status::Ok();
  }

  Status RemoveDir(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0) return Failed("remove directory", path);
    return Status::Ok();
  }

  Result<std::vector<FileInfo>> ListDir(const std::string& path) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), &::closedir);
    if (dir == nullptr) return Failed("list", path);
    std::vector<FileInfo> entries;
    while (true) {
      errno = 0;  // readdir() returns null both at the end and on errors
      const dirent* entry = ::readdir(dir.get());
      if (entry == nullptr) break;
      std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat st;
      if (::fstatat(::dirfd(dir.get()), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) {
        entries.push_back(ToInfo(st, std::move(name)));
      } else if (errno != ENOENT) {  // removed since it was listed
        return Failed("stat", path + "/" + name);
      }
    }
    if (errno != 0) return Failed("list", path);
    std::sort(entries.begin(), entries.end(),
              [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
    return entries;
  }

  Result<FileInfo> Stat(const std::string& path) override {
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) return Failed("stat", path);
    return ToInfo(st, path);
  }

  Result<FileInfo> LinkStat(const std::string& path) override {
    struct stat st;
    if (::lstat(path.c_str(), &st) != 0) return Failed("stat", path);
    return ToInfo(st, path);
  }

  Result<std::string> RealPath(const std::string& path) override {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr),
                                                      &std::free);
    if (real == nullptr) return Failed("resolve", path);
    return std::string(real.get());
  }

  Status Symlink(const std::string& target, const std::string& link) override {
    if (::symlink(target.c_str(), link.c_str()) != 0) return Failed("create link", link);
    return Status::Ok();
  }

  Status SetMode(const std::string& path, std::uint32_t mode) override {
    if (::chmod(path.c_str(), mode) != 0) return Failed("change mode of", path);
    return Status::Ok();
  }

  Status SyncDir(const std::string& path) override {
    MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDONLY | O_DIRECTORY));
    // EINVAL: the file system has nothing to flush for a directory.
    if (Retry([&] { return ::fsync(fd.get()); }) != 0 && errno != EINVAL)
      return Failed("flush", path);
    return Status::Ok();
  }

  Result<std::unique_ptr<File>> Lock(const std::string& path) override {
    MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenFd(path, O_RDWR | O_CREAT));
    if (Retry([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return Unavailable("lock " + path + ": another process holds it");
      return Failed("lock", path);
    }
    return Wrap(std::move(fd), path);
  }

 private:
  static Result<UniqueFd> OpenFd(const std::string& path, int flags, const char* what = "open") {
    const int fd = Retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
    if (fd < 0) return Failed(what, path);
    return UniqueFd(fd);
  }

  static std::unique_ptr<File> Wrap(UniqueFd fd, const std::string& path) {
    return std::make_unique<PosixFile>(std::move(fd), path);
  }
};

}  // namespace

Env& Env::Posix() {
  static PosixEnv env;
  return env;
}

}  // namespace mrd
