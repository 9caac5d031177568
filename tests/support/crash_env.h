#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/random.h"

namespace mrd::test {

// A disk in memory that forgets, as a machine does that loses its power: what was written but not flushed is there in
// part, in pieces of 512 bytes, in any order; names that were made, moved or removed since the last SyncDir() are as
// they were before some point of that time.
//
// Stop(n) is the moment of the crash: from the n-th change on (write, truncation, allocation, flush, change of a name)
// every call fails, and none is carried out. Crash() then decides what is left and opens the disk again. Files opened
// before stay useless. Its paths are absolute; links are not supported. Thread-safe.
class CrashEnv final : public Env {
 public:
  CrashEnv();
  ~CrashEnv() override;

  // Fails from the n-th change on, counted from this call; 0: never.
  void Stop(std::uint64_t n);
  std::uint64_t changes() const;  // since the start or Stop()
  bool stopped() const;

  // What a machine finds after it starts again. Locks are gone.
  void Crash(Random& random);

  // Changes one byte, flushed or not, as a rotting disk does. REQUIRES: the file has it.
  void Damage(const std::string& path, std::uint64_t offset);
  // Every write below `directory` fails with this errno from now on; 0: no longer.
  void Break(const std::string& directory, int error);
  // What Space() answers.
  void SetAvailable(std::uint64_t bytes);

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
  class CrashFile;
  struct Node;
  struct State;
  // Shared with open files, which may outlive what they stand for.
  const std::shared_ptr<State> state_;
};

}  // namespace mrd::test
