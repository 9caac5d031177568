#include "common/fs/local_file_system.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "common/base/environment.h"
#include "common/fs/posix_attributes.h"

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
  void DropCached(std::uint64_t offset, std::uint64_t size) override {
    static_cast<void>(::posix_fadvise(file_->descriptor(), static_cast<off_t>(offset), static_cast<off_t>(size),
                                      POSIX_FADV_DONTNEED));
  }

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
  Status Hsync() override { return file_->Sync(); }

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
    return ToStatus(info, path);
  }

  Result<std::vector<FileStatus>> List(const Path& path) override {
    MRD_ASSIGN_OR_RETURN(FileStatus self, Stat(path));
    if (!self.is_directory) return std::vector<FileStatus>{std::move(self)};
    MRD_ASSIGN_OR_RETURN(std::vector<FileInfo> entries, env_.ListDir(path.path()));
    std::vector<FileStatus> result;
    result.reserve(entries.size());
    for (const FileInfo& entry : entries) {
      const Path child = self.path.Child(entry.name);
      if (entry.type != FileType::kOther) {
        result.push_back(ToStatus(entry, child));
        continue;
      }
      // A link counts as what it leads to.
      Result<FileInfo> target = env_.Stat(child.path());
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

  // A new file has the mode that the process's mask leaves of 0666, which tells the mask.
  Result<std::unique_ptr<OutputFile>> Create(const Path& path, const CreateOptions& options) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    if (!options.create_parents) MRD_RETURN_IF_ERROR(Stat(path.parent()).status());
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, Create(path, options.overwrite));
    if (options.permission) {
      MRD_ASSIGN_OR_RETURN(const FileInfo info, env_.Stat(path.path()));
      const std::uint32_t allowed = info.mode | (info.mode & 0444) >> 2;
      MRD_RETURN_IF_ERROR(env_.SetMode(path.path(), *options.permission & allowed));
    }
    return file;
  }

  Result<std::unique_ptr<OutputFile>> Append(const Path& path) override {
    MRD_ASSIGN_OR_RETURN(const FileStatus status, Stat(path));  // opening would make it
    if (status.is_directory) return FailedPrecondition("append to " + path.path() + ": it is a directory");
    CountWrite();
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env_.OpenForUpdate(path.path()));
    return std::unique_ptr<OutputFile>(std::make_unique<LocalOutputFile>(std::move(file), counts_));
  }

  Status Mkdirs(const Path& path, std::optional<std::uint32_t> permission, bool create_parents) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountWrite();
    if (create_parents && path.path() != "/") MRD_RETURN_IF_ERROR(CreateDirs(env_, path.parent().path()));
    Status made = env_.CreateDir(path.path(), permission.value_or(0777));
    if (made.code() != Code::kAlreadyExists) return made;
    MRD_ASSIGN_OR_RETURN(const FileInfo info, env_.Stat(path.path()));
    return info.type == FileType::kDirectory && create_parents ? Status::Ok() : made;
  }

  Result<bool> RenameInto(const Path& from, const Path& to) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(from));
    MRD_RETURN_IF_ERROR(CheckIsOurs(to));
    CountWrite();
    std::string target = to.path();
    const Result<FileInfo> there = env_.Stat(target);
    if (there.ok() && there->type == FileType::kDirectory) target = to.Child(from.name()).path();
    const Status renamed = env_.RenameNew(from.path(), target);
    if (renamed.ok()) return true;
    if (renamed.code() == Code::kNotFound || renamed.code() == Code::kAlreadyExists) return false;
    return renamed;
  }

  Status SetPermission(const Path& path, std::uint32_t mode) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountWrite();
    return env_.SetMode(path.path(), mode);
  }

  Status SetOwner(const Path& path, const std::string& owner, const std::string& group) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountWrite();
    return SetLocalOwner(path.path(), owner, group);
  }

  Status SetTimes(const Path& path, std::int64_t modified_ms, std::int64_t accessed_ms) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountWrite();
    return SetLocalTimes(path.path(), modified_ms, accessed_ms);
  }

  // There is one replica, whatever is asked for; Hadoop's local file system agrees to any number too.
  Result<bool> SetReplication(const Path& path, std::uint32_t) override {
    MRD_ASSIGN_OR_RETURN(const FileStatus status, Stat(path));
    return !status.is_directory;
  }

  Result<bool> Truncate(const Path& path, std::uint64_t length) override {
    MRD_ASSIGN_OR_RETURN(const FileStatus status, Stat(path));
    if (status.is_directory) return FailedPrecondition("truncate " + path.path() + ": it is a directory");
    if (length > status.size_bytes) {
      return InvalidArgument("truncate " + path.path() + ": it has " + std::to_string(status.size_bytes) +
                             " bytes, fewer than " + std::to_string(length));
    }
    CountWrite();
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env_.OpenForUpdate(path.path()));
    MRD_RETURN_IF_ERROR(file->Truncate(length));
    MRD_RETURN_IF_ERROR(file->Close());
    return true;
  }

  // Links to directories are counted as files of no length: what they lead to may lie above them.
  Result<ContentSummary> Summarize(const Path& path) override {
    MRD_ASSIGN_OR_RETURN(const FileStatus status, Stat(path));
    ContentSummary summary;
    if (status.is_directory) {
      MRD_RETURN_IF_ERROR(AddTree(path.path(), summary));
    } else {
      summary.files = 1;
      summary.length = status.size_bytes;
    }
    summary.space_consumed = summary.length;
    return summary;
  }

  Result<Capacity> Space(const Path& path) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountRead();
    MRD_ASSIGN_OR_RETURN(const VolumeSpace volume, env_.Space(path.path()));
    return Capacity{volume.capacity, volume.capacity - volume.available, volume.available};
  }

  Result<bool> MayAccess(const Path& path, std::uint32_t wanted) override {
    MRD_RETURN_IF_ERROR(CheckIsOurs(path));
    CountRead();
    return MayAccessLocal(path.path(), wanted);
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

  Status AddTree(const std::string& directory, ContentSummary& summary) {
    CountRead();
    ++summary.directories;
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env_.ListDir(directory));
    for (const FileInfo& entry : entries) {
      const std::string child = (directory == "/" ? "" : directory) + "/" + entry.name;
      if (entry.type == FileType::kDirectory) {
        MRD_RETURN_IF_ERROR(AddTree(child, summary));
        continue;
      }
      ++summary.files;
      if (entry.type == FileType::kFile) {
        summary.length += entry.size_bytes;
      } else if (const Result<FileInfo> target = env_.Stat(child); target.ok() && target->type == FileType::kFile) {
        summary.length += target->size_bytes;
      }
    }
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

  // `path` as it was asked for: with a scheme where the default file system is another one.
  FileStatus ToStatus(const FileInfo& info, const Path& path) {
    FileStatus status;
    status.path = path;
    status.is_directory = info.type == FileType::kDirectory;
    status.size_bytes = status.is_directory ? 0 : info.size_bytes;
    status.block_size_bytes = status.is_directory ? 0 : kBlockBytes;
    status.mode = info.mode;
    status.modified_ms = info.modified_ms;
    status.accessed_ms = info.accessed_ms;
    status.owner = users_.Get(info.uid);
    status.group = groups_.Get(info.gid);
    return status;
  }

  void CountRead() { IoCounts::Add(counts_->read_operations, 1); }
  void CountWrite() { IoCounts::Add(counts_->write_operations, 1); }

  Env& env_;
  const std::shared_ptr<IoCounts> counts_;
  NameCache users_{&mrd::UserName};
  NameCache groups_{&mrd::GroupName};
};

}  // namespace

std::shared_ptr<FileSystem> MakeLocalFileSystem(Env& env) {
  return std::make_shared<LocalFileSystem>(env);
}

}  // namespace mrd::fs
