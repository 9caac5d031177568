#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/fs/file_system.h"

namespace mrd::test {

// A file system in memory with owners, permissions, replication and a trash interval, for tests of what works through
// fs::FileSystem. Its scheme is "mem"; statuses carry it. Nobody is refused anything. Times are those of `now_ms`. Files
// that are open keep their content. Thread-safe.
class MemoryFileSystem final : public fs::FileSystem {
 public:
  // Read by every call; set by the test between calls.
  std::int64_t now_ms = 1'700'000'000'000;
  std::uint64_t trash_interval_minutes = 0;
  std::uint32_t default_replication = 3;
  std::string user = "ann";

  std::string scheme() const override { return "mem"; }
  std::string UserName() const override { return user; }
  Result<std::unique_ptr<fs::InputFile>> Open(const fs::Path& path) override;
  Result<std::unique_ptr<fs::OutputFile>> Create(const fs::Path& path, bool overwrite) override;
  Result<std::unique_ptr<fs::OutputFile>> Create(const fs::Path& path, const fs::CreateOptions& options) override;
  Result<std::unique_ptr<fs::OutputFile>> Append(const fs::Path& path) override;
  Result<fs::FileStatus> Stat(const fs::Path& path) override;
  Result<std::vector<fs::FileStatus>> List(const fs::Path& path) override;
  Status Mkdirs(const fs::Path& path) override { return Mkdirs(path, std::nullopt, true); }
  Status Mkdirs(const fs::Path& path, std::optional<std::uint32_t> permission, bool create_parents) override;
  Status Rename(const fs::Path& from, const fs::Path& to) override;
  Result<bool> Delete(const fs::Path& path, bool recursive) override;
  Result<std::vector<fs::BlockLocation>> Locate(const fs::Path& path, std::uint64_t offset,
                                                std::uint64_t length) override;
  Result<fs::Path> Canonical(const fs::Path& path) override { return path; }
  fs::IoStatistics Statistics() const override { return {}; }
  Status SetPermission(const fs::Path& path, std::uint32_t mode) override;
  Status SetOwner(const fs::Path& path, const std::string& owner, const std::string& group) override;
  Status SetTimes(const fs::Path& path, std::int64_t modified_ms, std::int64_t accessed_ms) override;
  Result<bool> SetReplication(const fs::Path& path, std::uint32_t replication) override;
  Result<fs::ContentSummary> Summarize(const fs::Path& path) override;
  Result<fs::FileChecksum> Checksum(const fs::Path& path) override;
  Result<std::uint64_t> TrashIntervalMinutes() override { return trash_interval_minutes; }

  // A file with this content, and its parents.
  void Put(const std::string& path, std::string content);
  // "(none)" when nothing is there.
  std::string Content(const std::string& path);

 private:
  struct Node;
  class Reader;
  class Writer;
  using Nodes = std::map<std::string, std::shared_ptr<Node>>;  // by absolute path; "/" is not among them

  Result<std::shared_ptr<Node>> FindLocked(const std::string& path);
  std::shared_ptr<Node> AddLocked(const std::string& path, bool is_directory);
  fs::FileStatus ToStatus(const std::string& path, const Node& node) const;
  Nodes::iterator FirstBelow(const std::string& directory);
  static bool IsBelow(const std::string& path, const std::string& directory);

  std::mutex mutex_;
  Nodes nodes_;
};

}  // namespace mrd::test
