#include "tests/support/faulty_env.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mrd::test {

class FaultyEnv::FaultyFile final : public File {
 public:
  FaultyFile(FaultyEnv& env, std::unique_ptr<File> base, std::string path)
      : env_(env), base_(std::move(base)), path_(std::move(path)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    MRD_RETURN_IF_ERROR(env_.Enter("read", path_));
    return base_->ReadAt(offset, out, size);
  }

  Status Append(const char* data, std::size_t size) override {
    MRD_RETURN_IF_ERROR(env_.Enter("append", path_));
    const std::size_t fits = env_.TakeBudget(size, path_);
    MRD_RETURN_IF_ERROR(base_->Append(data, fits));
    return fits == size ? Status::Ok() : FromErrno(ENOSPC, "write " + path_);
  }

  Result<std::uint64_t> Size() override {
    MRD_RETURN_IF_ERROR(env_.Enter("size", path_));
    return base_->Size();
  }

  Status Sync() override {
    MRD_RETURN_IF_ERROR(env_.Enter("sync", path_));
    return base_->Sync();
  }

  Status WriteAt(std::uint64_t offset, const char* data, std::size_t size) override {
    MRD_RETURN_IF_ERROR(env_.Enter("write", path_));
    const std::size_t fits = env_.TakeBudget(size, path_);
    MRD_RETURN_IF_ERROR(base_->WriteAt(offset, data, fits));
    return fits == size ? Status::Ok() : FromErrno(ENOSPC, "write " + path_);
  }

  Status Truncate(std::uint64_t size) override {
    MRD_RETURN_IF_ERROR(env_.Enter("truncate", path_));
    return base_->Truncate(size);
  }

  Status Allocate(std::uint64_t offset, std::uint64_t size) override {
    MRD_RETURN_IF_ERROR(env_.Enter("allocate", path_));
    return base_->Allocate(offset, size);
  }

  int descriptor() const override { return base_->descriptor(); }

  Status Close() override {
    Status injected = env_.Enter("close", path_);
    Status closed = base_->Close();
    return injected.ok() ? std::move(closed) : std::move(injected);
  }

 private:
  FaultyEnv& env_;
  const std::unique_ptr<File> base_;
  const std::string path_;
};

FaultyEnv::FaultyEnv(Env& base) : base_(base) {}
FaultyEnv::~FaultyEnv() = default;

void FaultyEnv::FailCall(std::uint64_t n, int error, Duration duration) {
  const std::lock_guard lock(mutex_);
  calls_ = 0;
  faults_ = 0;
  last_fault_.clear();
  fail_at_ = n;
  error_ = error;
  duration_ = duration;
}

void FaultyEnv::LimitWrittenBytes(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  limited_ = true;
  budget_bytes_ = bytes;
}

void FaultyEnv::Reset() {
  FailCall(0, 0);
  const std::lock_guard lock(mutex_);
  limited_ = false;
}

std::uint64_t FaultyEnv::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::uint64_t FaultyEnv::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::string FaultyEnv::last_fault() const {
  const std::lock_guard lock(mutex_);
  return last_fault_;
}

Status FaultyEnv::Enter(std::string_view operation, const std::string& path) {
  const std::lock_guard lock(mutex_);
  ++calls_;
  if (fail_at_ == 0 || calls_ < fail_at_) return Status::Ok();
  if (calls_ > fail_at_ && duration_ == Duration::kOnce) return Status::Ok();
  ++faults_;
  last_fault_ = std::string(operation) + " " + path;
  return FromErrno(error_, last_fault_);
}

std::size_t FaultyEnv::TakeBudget(std::size_t size, const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!limited_) return size;
  const std::size_t fits = static_cast<std::size_t>(std::min<std::uint64_t>(size, budget_bytes_));
  budget_bytes_ -= fits;
  if (fits < size) {
    ++faults_;
    last_fault_ = "append " + path;
  }
  return fits;
}

Result<std::unique_ptr<File>> FaultyEnv::Wrap(Result<std::unique_ptr<File>> file,
                                              const std::string& path) {
  if (!file.ok()) return file;
  return std::unique_ptr<File>(std::make_unique<FaultyFile>(*this, *std::move(file), path));
}

Result<std::unique_ptr<File>> FaultyEnv::OpenForRead(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("open", path));
  return Wrap(base_.OpenForRead(path), path);
}

Result<std::unique_ptr<File>> FaultyEnv::Create(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("create", path));
  return Wrap(base_.Create(path), path);
}

Result<std::unique_ptr<File>> FaultyEnv::CreateOrTruncate(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("create", path));
  return Wrap(base_.CreateOrTruncate(path), path);
}

Result<std::unique_ptr<File>> FaultyEnv::OpenForUpdate(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("open", path));
  return Wrap(base_.OpenForUpdate(path), path);
}

Result<VolumeSpace> FaultyEnv::Space(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("space of", path));
  return base_.Space(path);
}

Status FaultyEnv::Rename(const std::string& from, const std::string& to) {
  MRD_RETURN_IF_ERROR(Enter("rename", from));
  return base_.Rename(from, to);
}

Status FaultyEnv::RenameNew(const std::string& from, const std::string& to) {
  MRD_RETURN_IF_ERROR(Enter("rename", from));
  return base_.RenameNew(from, to);
}

Status FaultyEnv::RemoveFile(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("remove", path));
  return base_.RemoveFile(path);
}

Status FaultyEnv::CreateDir(const std::string& path, std::uint32_t mode) {
  MRD_RETURN_IF_ERROR(Enter("create directory", path));
  return base_.CreateDir(path, mode);
}

Status FaultyEnv::RemoveDir(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("remove directory", path));
  return base_.RemoveDir(path);
}

Result<std::vector<FileInfo>> FaultyEnv::ListDir(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("list", path));
  return base_.ListDir(path);
}

Result<FileInfo> FaultyEnv::Stat(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("stat", path));
  return base_.Stat(path);
}

Result<FileInfo> FaultyEnv::LinkStat(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("stat", path));
  return base_.LinkStat(path);
}

Result<std::string> FaultyEnv::RealPath(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("resolve", path));
  return base_.RealPath(path);
}

Status FaultyEnv::Symlink(const std::string& target, const std::string& link) {
  MRD_RETURN_IF_ERROR(Enter("link", link));
  return base_.Symlink(target, link);
}

Status FaultyEnv::SetMode(const std::string& path, std::uint32_t mode) {
  MRD_RETURN_IF_ERROR(Enter("change mode of", path));
  return base_.SetMode(path, mode);
}

Status FaultyEnv::SyncDir(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("flush", path));
  return base_.SyncDir(path);
}

Result<std::unique_ptr<File>> FaultyEnv::Lock(const std::string& path) {
  MRD_RETURN_IF_ERROR(Enter("lock", path));
  return Wrap(base_.Lock(path), path);
}

}  // namespace mrd::test
