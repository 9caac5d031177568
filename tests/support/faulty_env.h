#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/env.h"

namespace mrd::test {

// An Env that does what another one does until it is told to fail. Every call counts, those of its files too (ReadAt,
// Append, Size, Sync, Close), in the order in which they begin. So a test can run a job once to learn how many calls it
// makes, then fail each of them in turn.
//
// A failing call is not carried out, except Close(), which closes and then fails. Destroying a file is no call.
// Thread-safe; the wrapped Env must outlive it, and it must outlive its files.
class FaultyEnv final : public Env {
 public:
  explicit FaultyEnv(Env& base);
  ~FaultyEnv() override;

  enum class Duration { kOnce, kFromThenOn };
  // Counting starts again at 1 with this call: call `n` fails with `error` (an errno), or it and all later ones.
  void FailCall(std::uint64_t n, int error, Duration duration = Duration::kOnce);
  // From now on `bytes` more can be appended; what does not fit fails with ENOSPC after writing what fits.
  void LimitWrittenBytes(std::uint64_t bytes);
  // No more faults; counting starts again.
  void Reset();

  std::uint64_t calls() const;           // since the start, FailCall() or Reset()
  std::uint64_t faults() const;          // how many of them failed on purpose
  std::string last_fault() const;        // "append /x/y", for messages; "" when there was none

  Result<std::unique_ptr<File>> OpenForRead(const std::string& path) override;
  Result<std::unique_ptr<File>> Create(const std::string& path) override;
  Result<std::unique_ptr<File>> CreateOrTruncate(const std::string& path) override;
  Result<std::unique_ptr<File>> OpenForUpdate(const std::string& path) override;
  Result<VolumeSpace> Space(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status RenameNew(const std::string& from, const std::string& to) override;
  Status RemoveFile(const std::string& path) override;
  Status CreateDir(const std::string& path, std::uint32_t mode) override;
  Status RemoveDir(const std::string& path) override;
  Result<std::vector<FileInfo>> ListDir(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<FileInfo> LinkStat(const std::string& path) override;
  Result<std::string> RealPath(const std::string& path) override;
  Status Symlink(const std::string& target, const std::string& link) override;
  Status SetMode(const std::string& path, std::uint32_t mode) override;
  Status SyncDir(const std::string& path) override;
  Result<std::unique_ptr<File>> Lock(const std::string& path) override;

 private:
  class FaultyFile;

  // Counts a call; the error if it is to fail.
  Status Enter(std::string_view operation, const std::string& path);
  // How much of `size` bytes may still be written; takes it off the budget.
  std::size_t TakeBudget(std::size_t size, const std::string& path);
  Result<std::unique_ptr<File>> Wrap(Result<std::unique_ptr<File>> file, const std::string& path);

  Env& base_;

  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::uint64_t calls_ = 0;
  std::uint64_t faults_ = 0;
  std::uint64_t fail_at_ = 0;  // 0: never
  int error_ = 0;
  Duration duration_ = Duration::kOnce;
  bool limited_ = false;
  std::uint64_t budget_bytes_ = 0;
  std::string last_fault_;
};

}  // namespace mrd::test
