#include "common/fs/local_file_system.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "common/base/environment.h"

namespace mrd::fs {
namespace {

constexpr std::uint64_t kBlockBytes = 32u << 20;

// What IoStatistics is read from. Shared with open files, which may outlive a caller's interest in
// the file system.
struct IoCounts {
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_written{0};
  std::atomic<std::uint64_t> read_operations{0};
  std::atomic<std::uint64_t> write_operations{0};

  static void Add(std::atomic<std::uint64_t>& count, std::uint64_t delta) {
    count.fetch_add(delta, std::memory_order_relaxed);
  }
};

class LocalInputFile final : public InputFile {
 public:
  LocalInputFile(std::unique_ptr<File> file, std::shared_ptr<IoCounts> counts)
      : file_(std::move(file)), counts_(std::move(counts)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    Result<std::size_t> got = file_->ReadAt(offset, out, size);
    if (got.ok()) IoCounts::Add(counts_->bytes_read, *got);
    return got;
  }
  Result<std::uint64_t> Size() override { return file_->Size(); }

 private:
  const std::unique_ptr<File> file_;
  const std::shared_ptr<IoCounts> counts_;
};

class LocalOutputFile final : public OutputFile {
 public:
  LocalOutputFile(std::unique_ptr<File> file, std::shared_ptr<IoCounts> counts)
      : file_(std::move(file)), counts_(std::move(counts)) {}

  Status Append(const char* data, std::size_t size) override {
    MRD_RETURN_IF_ERROR(file_->Append(data, size));
    IoCounts::Add(counts_->bytes_written, size);
    return Status::Ok();
  }
  Status Close() override { return file_->Close(); }

 private:
  const std::unique_ptr<File> file_;
  const std::shared_ptr<IoCounts> counts_;
};

// Remembers user and group names, since asking the user database may take a network round trip.
class NameCache {
 public:
  using Lookup = std::string (*)(std::uint32_t);
  explicit NameCache(Lookup lookup) : lookup_(lookup) {}

  std::string Get(std::uint32_t id) {
    const std::lock_guard lock(mutex_);
    auto [entry, is_new] = names_.try_emplace(id);
    if (is_new) entry->second = lookup_(id);
    return entry->second;
  }

 private:
  const Lookup lookup_;
  std::mutex mutex_;
  std::map<std::uint32_t, std::string> names_;  // guarded by the mutex
};

// "." and ".." taken away from a path below which nothing exists, so there are no links to follow.
std::string WithoutDots(const std::string& path) {
  std::string result;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string component = path.substr(begin, end - begin);
    if (component == "..") {
      result.resize(std::min(result.rfind('/'), result.size()));
    } else if (!component.empty() && component != ".") {
      result += "/" + component;
    }
    begin = end + 1;
  }
  return result.empty() ? "/" : result;
}

class LocalFileSystem final : public FileSystem {
 public:
  explicit LocalFileSystem(Env& env) : env_(env), counts_(std::make_shared<IoCounts>()) {}

  std::string scheme() const override { return "file"; }

  Result<std::unique_ptr<InputFile>> Open(const Path& path) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountRead();
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env_.OpenForRead(path.path()));
    return std::unique_ptr<InputFile>(std::make_unique<LocalInputFile>(std::move(file), counts_));
  }

  Result<std::unique_ptr<OutputFile>> Create(const Path& path, bool overwrite) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountWrite();
    const auto create = [&] {
      return overwrite ? env_.CreateOrTruncate(path.path()) : env_.Create(path.path());
    };
    Result<std::unique_ptr<File>> file = create();
    if (!file.ok() && file.status().code() == Code::kNotFound) {
      MRD_RETURN_IF_ERROR(CreateParent(path));
      file = create();
    }
    if (!file.ok()) return file.status();
    return std::unique_ptr<OutputFile>(
        std::make_unique<LocalOutputFile>(*std::move(file), counts_));
  }

  Result<FileStatus> Stat(const Path& path) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountRead();
    MRD_ASSIGN_OR_RETURN(FileInfo info, env_.Stat(path.path()));
    return ToStatus(info, path.path());
  }

  Result<std::vector<FileStatus>> List(const Path& path) override {
    MRD_ASSIGN_OR_RETURN(FileStatus self, Stat(path));
    if (!self.is_directory) return std::vector<FileStatus>{std::move(self)};
    MRD_ASSIGN_OR_RETURN(std::vector<FileInfo> entries, env_.ListDir(path.path()));
    std::vector<FileStatus> result;
    result.reserve(entries.size());
    for (const FileInfo& entry : entries) {
      const std::string child = self.path.Child(entry.name).path();
      if (entry.type != FileType::kOther) {
        result.push_back(ToStatus(entry, child));
        continue;
      }
      // A link counts as what it leads to.
      Result<FileInfo> target = env_.Stat(child);
      if (target.ok()) {
        result.push_back(ToStatus(*target, child));
      } else if (target.status().code() != Code::kNotFound) {
        return target.status();
      }
    }
    return result;
  }

  Status Mkdirs(const Path& path) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountWrite();
    return CreateDirs(env_, path.path());
  }

  Status Rename(const Path& from, const Path& to) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(from));
    MRD_RETURN_IF_ERROR(CheckIsOurs(to));
    CountWrite();
    return env_.RenameNew(from.path(), to.path());
  }

  Result<bool> Delete(const Path& path, bool recursive) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountWrite();
    if (path.path() == "/")
      return InvalidArgument("delete /: the root directory cannot be deleted");
    Result<FileInfo> info = env_.LinkStat(path.path());
    if (!info.ok()) {
      if (info.status().code() == Code::kNotFound) return false;
      return info.status();
    }
    MRD_RETURN_IF_ERROR(Remove(path.path(), *info, recursive));
    return true;
  }

  Result<std::vector<BlockLocation>> Locate(const Path& path,
                                            std::uint64_t offset,
                                            std::uint64_t length) override {
    MRD_ASSIGN_OR_RETURN(FileStatus status, Stat(path));
    if (offset >= status.size_bytes || length == 0) return std::vector<BlockLocation>{};
    return std::vector<BlockLocation>{{offset, std::min(length, status.size_bytes - offset), {}}};
  }

  Result<Path> Canonical(const Path& path) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountRead();
    std::string existing = path.path();
    std::string rest;
    while (true) {
      Result<std::string> real = env_.RealPath(existing);
      if (real.ok()) return Path("", "", WithoutDots(*real + rest));
      if (real.status().code() != Code::kNotFound || existing == "/") return real.status();
      const std::size_t slash = existing.rfind('/');
      rest = existing.substr(slash) + rest;
      existing.resize(slash == 0 ? 1 : slash);
    }
  }

  IoStatistics Statistics() const override {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    IoStatistics statistics;
    statistics.bytes_read = counts_->bytes_read.load(kRelaxed);
    statistics.bytes_written = counts_->bytes_written.load(kRelaxed);
    statistics.read_operations = counts_->read_operations.load(kRelaxed);
    statistics.write_operations = counts_->write_operations.load(kRelaxed);
    return statistics;
  }

 private:
  static Status CheckIsOurs(const Path& path) {
    if (!path.scheme().empty() && path.scheme() != "file") {
      return InvalidArgument(path.ToString() + ": not a path of the local file system");
    }
    if (!path.authority().empty() && path.authority() != "localhost") {
      return InvalidArgument(path.ToString() +
                             ": the local file system has no hosts; write file://" + path.path());
    }
    if (!path.is_absolute())
      return InvalidArgument(path.ToString() + ": the path must be absolute");
    return Status::Ok();
  }

  Status CreateParent(const Path& path) {
    const std::string parent = path.parent().path();
    Status status = CreateDirs(env_, parent);
    // It is not the file itself that is already there.
    if (status.code() != Code::kAlreadyExists) return status;
    return FailedPrecondition("create " + path.path() + ": " + parent + " is not a directory");
  }

  Status Remove(const std::string& path, const FileInfo& info, bool recursive) {
    if (info.type != FileType::kDirectory) return env_.RemoveFile(path);
    if (recursive) return RemoveTree(env_, path);
    Status status = env_.RemoveDir(path);
    if (status.code() != Code::kAlreadyExists) return status;
    return FailedPrecondition("delete " + path +
                              ": the directory is not empty; delete it recursively");
  }

  FileStatus ToStatus(const FileInfo& info, const std::string& path) {
    FileStatus status;
    status.path = Path("", "", path);
    status.is_directory = info.type == FileType::kDirectory;
    status.size_bytes = status.is_directory ? 0 : info.size_bytes;
    status.block_size_bytes = status.is_directory ? 0 : kBlockBytes;
    status.mode = info.mode;
    status.modified_ms = info.modified_ms;
    status.owner = users_.Get(info.uid);
    status.group = groups_.Get(info.gid);
    return status;
  }

  void CountRead() { IoCounts::Add(counts_->read_operations, 1); }
  void CountWrite() { IoCounts::Add(counts_->write_operations, 1); }

  Env& env_;
  const std::shared_ptr<IoCounts> counts_;
  NameCache users_{&UserName};
  NameCache groups_{&GroupName};
};

}  // namespace

std::shared_ptr<FileSystem> MakeLocalFileSystem(Env& env) {
  return std::make_shared<LocalFileSystem>(env);
}

}  // namespace mrd::fs
