#include "dfs/client/hdfs_file_system.h"

#include <unistd.h>

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "dfs/client/context.h"
#include "dfs/client/dfs_path.h"
#include "dfs/client/file_checksum.h"
#include "dfs/client/input_file.h"
#include "dfs/client/options.h"
#include "dfs/client/output_file.h"
#include "dfs/errors.h"

namespace mrd::dfs::client {
namespace {

constexpr std::uint32_t kFilePermission = 0666;
constexpr std::uint32_t kDirectoryPermission = 0777;

class HdfsFileSystem final : public fs::FileSystem {
 public:
  HdfsFileSystem(std::string authority, std::shared_ptr<Context> context)
      : authority_(std::move(authority)), context_(std::move(context)) {}

  std::string scheme() const override { return "hdfs"; }
  std::string UserName() const override { return context_->options.user; }
  fs::IoStatistics Statistics() const override;

  Result<std::unique_ptr<fs::InputFile>> Open(const fs::Path& path) override;
  Result<std::unique_ptr<fs::OutputFile>> Create(const fs::Path& path, bool overwrite) override;
  Result<std::unique_ptr<fs::OutputFile>> Create(const fs::Path& path, const fs::CreateOptions& options) override;
  Result<std::unique_ptr<fs::OutputFile>> Append(const fs::Path& path) override;

  Result<fs::FileStatus> Stat(const fs::Path& path) override;
  Result<std::vector<fs::FileStatus>> List(const fs::Path& path) override;
  Result<std::vector<fs::BlockLocation>> Locate(const fs::Path& path, std::uint64_t offset,
                                                std::uint64_t length) override;
  Result<fs::Path> Canonical(const fs::Path& path) override { return Full(DfsPath(path)); }
  Result<fs::ContentSummary> Summarize(const fs::Path& path) override;
  Result<fs::FileChecksum> Checksum(const fs::Path& path) override;
  Result<fs::Capacity> Space(const fs::Path& path) override;
  Result<std::uint64_t> TrashIntervalMinutes() override;
  Result<bool> IsClosed(const fs::Path& path) override;
  Result<bool> MayAccess(const fs::Path& path, std::uint32_t wanted) override;

  Status Mkdirs(const fs::Path& path) override { return Mkdirs(path, std::nullopt, true); }
  Status Mkdirs(const fs::Path& path, std::optional<std::uint32_t> permission, bool create_parents) override;
  Status Rename(const fs::Path& from, const fs::Path& to) override;
  Result<bool> RenameInto(const fs::Path& from, const fs::Path& to) override;
  Result<bool> Delete(const fs::Path& path, bool recursive) override;
  Status SetPermission(const fs::Path& path, std::uint32_t mode) override;
  Status SetOwner(const fs::Path& path, const std::string& owner, const std::string& group) override;
  Status SetTimes(const fs::Path& path, std::int64_t modified_ms, std::int64_t accessed_ms) override;
  Result<bool> SetReplication(const fs::Path& path, std::uint32_t replication) override;
  Result<bool> Truncate(const fs::Path& path, std::uint64_t length) override;
  Status Concat(const fs::Path& target, const std::vector<fs::Path>& sources) override;

 private:
  // Makes one call of the namenode on the client's thread. `call` gets the proxy and returns its awaitable.
  template <typename T, typename Call>
  T Ask(Call call) {
    auto body = [&] { return call(context_->namenode()); };
    return context_->Run<T>(body);
  }
  void CountRead() { context_->statistics.read_operations.fetch_add(1, std::memory_order_relaxed); }
  void CountWrite() { context_->statistics.write_operations.fetch_add(1, std::memory_order_relaxed); }

  fs::Path Full(std::string path) const { return fs::Path("hdfs", authority_, std::move(path)); }
  fs::FileStatus ToFs(const FileStatus& status, std::string path) const;
  Result<ServerDefaults> Defaults();
  Result<WriteTarget> Target(std::string path, const FileStatus& status) const;

  const std::string authority_;
  const std::shared_ptr<Context> context_;

  std::mutex mutex_;  // guards what follows
  std::optional<ServerDefaults> defaults_;
};

fs::IoStatistics HdfsFileSystem::Statistics() const {
  const client::Statistics& counted = context_->statistics;
  fs::IoStatistics result;
  result.bytes_read = counted.bytes_read.load(std::memory_order_relaxed);
  result.bytes_written = counted.bytes_written.load(std::memory_order_relaxed);
  result.read_operations = counted.read_operations.load(std::memory_order_relaxed);
  result.large_read_operations = counted.large_read_operations.load(std::memory_order_relaxed);
  result.write_operations = counted.write_operations.load(std::memory_order_relaxed);
  return result;
}

fs::FileStatus HdfsFileSystem::ToFs(const FileStatus& status, std::string path) const {
  fs::FileStatus result;
  result.path = Full(std::move(path));
  result.is_directory = status.type == FileType::kDirectory;
  result.size_bytes = status.length;
  result.block_size_bytes = status.block_size;
  result.mode = status.permission;
  result.modified_ms = status.modified_ms;
  result.owner = status.owner;
  result.group = status.group;
  result.replication = status.replication;
  result.accessed_ms = status.accessed_ms;
  return result;
}

Result<ServerDefaults> HdfsFileSystem::Defaults() {
  {
    const std::lock_guard lock(mutex_);
    if (defaults_) return *defaults_;
  }
  auto defaults = Ask<Result<ServerDefaults>>([](NamenodeProxy& namenode) { return namenode.GetServerDefaults(); });
  if (!defaults.ok()) return defaults.status();
  const std::lock_guard lock(mutex_);
  defaults_ = *defaults;
  return defaults;
}

Result<std::unique_ptr<fs::InputFile>> HdfsFileSystem::Open(const fs::Path& path) {
  CountRead();
  return InputFile::Open(context_, DfsPath(path));
}

Result<WriteTarget> HdfsFileSystem::Target(std::string path, const FileStatus& status) const {
  if (status.block_size == 0) return Internal("write " + path + ": the namenode named no block size");
  WriteTarget target;
  target.file.path = std::move(path);
  target.file.client_name = context_->client_name;
  target.file.id = status.id;
  target.block_size = status.block_size;
  target.replication = status.replication;
  target.checksum = context_->options.checksum;
  return target;
}

Result<std::unique_ptr<fs::OutputFile>> HdfsFileSystem::Create(const fs::Path& path, bool overwrite) {
  fs::CreateOptions options;
  options.overwrite = overwrite;
  return Create(path, options);
}

Result<std::unique_ptr<fs::OutputFile>> HdfsFileSystem::Create(const fs::Path& path, const fs::CreateOptions& options) {
  CountWrite();
  CreateRequest request;
  request.path = DfsPath(path);
  request.client_name = context_->client_name;
  const std::uint32_t permission = options.permission.value_or(kFilePermission);
  request.permission = static_cast<std::uint16_t>(permission & ~context_->options.umask);
  request.unmasked = static_cast<std::uint16_t>(permission);
  request.flags = options.overwrite ? kCreateFlagCreate | kCreateFlagOverwrite : kCreateFlagCreate;
  request.create_parents = options.create_parents;
  request.replication = options.replication.value_or(context_->options.replication);
  request.block_size = options.block_size_bytes.value_or(context_->options.block_size);
  if (request.replication == 0 || request.block_size == 0) {
    MRD_ASSIGN_OR_RETURN(const ServerDefaults defaults, Defaults());
    if (request.replication == 0) request.replication = defaults.replication;
    if (request.block_size == 0) request.block_size = defaults.block_size;
  }
  Result<FileStatus> status =
      Ask<Result<FileStatus>>([&](NamenodeProxy& namenode) { return namenode.Create(request); });
  if (!status.ok()) return status.status();
  MRD_ASSIGN_OR_RETURN(WriteTarget target, Target(request.path, *status));
  return std::unique_ptr<fs::OutputFile>(std::make_unique<OutputFile>(context_, std::move(target)));
}

Result<std::unique_ptr<fs::OutputFile>> HdfsFileSystem::Append(const fs::Path& path) {
  CountWrite();
  const std::string name = DfsPath(path);
  Result<AppendReply> reply = Ask<Result<AppendReply>>(
      [&](NamenodeProxy& namenode) { return namenode.Append(name, context_->client_name); });
  if (!reply.ok()) return reply.status();
  MRD_ASSIGN_OR_RETURN(WriteTarget target, Target(name, reply->status));
  if (reply->last_block && reply->last_block->block.block.length >= target.block_size) {
    return IoError("The last block for file " + name + " is full.");
  }
  if (reply->last_block && !reply->last_block->locations.empty()) target.last_block = std::move(reply->last_block);
  return std::unique_ptr<fs::OutputFile>(std::make_unique<OutputFile>(context_, std::move(target)));
}

Result<fs::FileStatus> HdfsFileSystem::Stat(const fs::Path& path) {
  CountRead();
  const std::string name = DfsPath(path);
  using Reply = Result<std::optional<FileStatus>>;
  const Reply status = Ask<Reply>([&](NamenodeProxy& namenode) { return namenode.GetFileInfo(name); });
  if (!status.ok()) return status.status();
  if (!status->has_value()) return Exception(java::kFileNotFound, "File does not exist: " + name);
  return ToFs(**status, name);
}

Result<std::vector<fs::FileStatus>> HdfsFileSystem::List(const fs::Path& path) {
  CountRead();
  const std::string name = DfsPath(path);
  const std::string prefix = name == "/" ? name : name + "/";
  std::vector<fs::FileStatus> entries;
  std::string after;
  while (true) {
    using Reply = Result<std::optional<DirectoryListing>>;
    const Reply page = Ask<Reply>([&](NamenodeProxy& namenode) { return namenode.GetListing(name, after); });
    if (!page.ok()) return page.status();
    if (!page->has_value()) return Exception(java::kFileNotFound, "File " + name + " does not exist.");
    const DirectoryListing& listing = **page;
    for (const FileStatus& entry : listing.entries) {
      entries.push_back(ToFs(entry, entry.path.empty() ? name : prefix + entry.path));
    }
    if (listing.remaining == 0 || listing.entries.empty()) return entries;
    if (after.empty()) context_->statistics.large_read_operations.fetch_add(1, std::memory_order_relaxed);
    after = listing.entries.back().path;
  }
}

Result<std::vector<fs::BlockLocation>> HdfsFileSystem::Locate(const fs::Path& path, std::uint64_t offset,
                                                              std::uint64_t length) {
  CountRead();
  const FileRange range{DfsPath(path), offset, length};
  const auto located =
      Ask<Result<LocatedBlocks>>([&](NamenodeProxy& namenode) { return namenode.GetBlockLocations(range); });
  if (!located.ok()) return located.status();
  std::vector<fs::BlockLocation> result;
  for (const LocatedBlock& block : located->blocks) {
    fs::BlockLocation location;
    location.offset = block.offset;
    location.length = block.block.block.length;
    for (const ReplicaLocation& replica : block.locations) location.hosts.push_back(replica.node.id.host);
    result.push_back(std::move(location));
  }
  return result;
}

Result<fs::ContentSummary> HdfsFileSystem::Summarize(const fs::Path& path) {
  CountRead();
  const std::string name = DfsPath(path);
  const auto summary =
      Ask<Result<ContentSummary>>([&](NamenodeProxy& namenode) { return namenode.GetContentSummary(name); });
  if (!summary.ok()) return summary.status();
  fs::ContentSummary result;
  result.length = summary->length;
  result.files = summary->files;
  result.directories = summary->directories;
  result.space_consumed = summary->space_consumed;
  result.quota = summary->quota;
  result.space_quota = summary->space_quota;
  return result;
}

Result<fs::FileChecksum> HdfsFileSystem::Checksum(const fs::Path& path) {
  CountRead();
  auto sum = [&] { return ChecksumOfFile(*context_, DfsPath(path)); };
  Result<wire::FileChecksum> checksum = context_->Run<Result<wire::FileChecksum>>(sum);
  if (!checksum.ok()) return checksum.status();
  fs::FileChecksum result;
  result.algorithm = std::move(checksum->algorithm);
  result.bytes = std::move(checksum->bytes);
  return result;
}

Result<fs::Capacity> HdfsFileSystem::Space(const fs::Path&) {
  CountRead();
  const auto stats = Ask<Result<FsStats>>([](NamenodeProxy& namenode) { return namenode.GetFsStats(); });
  if (!stats.ok()) return stats.status();
  fs::Capacity result;
  result.capacity = stats->capacity;
  result.used = stats->used;
  result.remaining = stats->remaining;
  return result;
}

Result<std::uint64_t> HdfsFileSystem::TrashIntervalMinutes() {
  MRD_ASSIGN_OR_RETURN(const ServerDefaults defaults, Defaults());
  return defaults.trash_interval_minutes;
}

Result<bool> HdfsFileSystem::IsClosed(const fs::Path& path) {
  CountRead();
  return Ask<Result<bool>>([&](NamenodeProxy& namenode) { return namenode.IsFileClosed(DfsPath(path)); });
}

Result<bool> HdfsFileSystem::MayAccess(const fs::Path& path, std::uint32_t wanted) {
  CountRead();
  const Status allowed =
      Ask<Status>([&](NamenodeProxy& namenode) { return namenode.CheckAccess(DfsPath(path), wanted); });
  if (allowed.tag() == java::kAccessControl) return false;
  if (!allowed.ok()) return allowed;
  return true;
}

Status HdfsFileSystem::Mkdirs(const fs::Path& path, std::optional<std::uint32_t> permission, bool create_parents) {
  CountWrite();
  const std::uint32_t wanted = permission.value_or(kDirectoryPermission);
  const auto masked = static_cast<std::uint16_t>(wanted & ~context_->options.umask);
  const Result<bool> made = Ask<Result<bool>>([&](NamenodeProxy& namenode) {
    return namenode.Mkdirs(DfsPath(path), masked, static_cast<std::uint16_t>(wanted), create_parents);
  });
  if (!made.ok()) return made.status();
  return *made ? Status::Ok() : IoError("mkdir " + path.ToString() + ": the namenode did not make it");
}

Status HdfsFileSystem::Rename(const fs::Path& from, const fs::Path& to) {
  CountWrite();
  const PathPair paths{DfsPath(from), DfsPath(to)};
  return Ask<Status>([&](NamenodeProxy& namenode) { return namenode.Rename2(paths, false); });
}

Result<bool> HdfsFileSystem::RenameInto(const fs::Path& from, const fs::Path& to) {
  CountWrite();
  const PathPair paths{DfsPath(from), DfsPath(to)};
  return Ask<Result<bool>>([&](NamenodeProxy& namenode) { return namenode.Rename(paths); });
}

Result<bool> HdfsFileSystem::Delete(const fs::Path& path, bool recursive) {
  CountWrite();
  return Ask<Result<bool>>([&](NamenodeProxy& namenode) { return namenode.Delete(DfsPath(path), recursive); });
}

Status HdfsFileSystem::SetPermission(const fs::Path& path, std::uint32_t mode) {
  CountWrite();
  const auto permission = static_cast<std::uint16_t>(mode & 01777);
  return Ask<Status>([&](NamenodeProxy& namenode) { return namenode.SetPermission(DfsPath(path), permission); });
}

Status HdfsFileSystem::SetOwner(const fs::Path& path, const std::string& owner, const std::string& group) {
  CountWrite();
  return Ask<Status>([&](NamenodeProxy& namenode) { return namenode.SetOwner(DfsPath(path), owner, group); });
}

Status HdfsFileSystem::SetTimes(const fs::Path& path, std::int64_t modified_ms, std::int64_t accessed_ms) {
  CountWrite();
  return Ask<Status>(
      [&](NamenodeProxy& namenode) { return namenode.SetTimes(DfsPath(path), modified_ms, accessed_ms); });
}

Result<bool> HdfsFileSystem::SetReplication(const fs::Path& path, std::uint32_t replication) {
  CountWrite();
  return Ask<Result<bool>>(
      [&](NamenodeProxy& namenode) { return namenode.SetReplication(DfsPath(path), replication); });
}

Result<bool> HdfsFileSystem::Truncate(const fs::Path& path, std::uint64_t length) {
  CountWrite();
  return Ask<Result<bool>>([&](NamenodeProxy& namenode) {
    return namenode.Truncate(DfsPath(path), length, context_->client_name);
  });
}

Status HdfsFileSystem::Concat(const fs::Path& target, const std::vector<fs::Path>& sources) {
  CountWrite();
  std::vector<std::string> names;
  for (const fs::Path& source : sources) names.push_back(DfsPath(source));
  return Ask<Status>([&](NamenodeProxy& namenode) { return namenode.Concat(DfsPath(target), names); });
}

// Different for every client in the world, as far as a process can tell.
std::uint64_t Seed(Clock& clock, const void* unique) {
  std::uint64_t state = static_cast<std::uint64_t>(clock.WallMillis());
  std::uint64_t seed = SplitMix64(state);
  for (const std::uint64_t part : {static_cast<std::uint64_t>(clock.MonotonicNanos()),
                                   static_cast<std::uint64_t>(::getpid()), reinterpret_cast<std::uint64_t>(unique)}) {
    state ^= part;
    seed ^= SplitMix64(state);
  }
  return seed;
}

}  // namespace

Result<std::shared_ptr<fs::FileSystem>> MakeHdfsFileSystem(const std::string& authority, const Config& config,
                                                           Clock& clock, const std::string& user,
                                                           WaitListener on_waiting) {
  MRD_ASSIGN_OR_RETURN(NamenodeAddress address, ParseAuthority(authority, kDefaultNamenodePort));
  MRD_ASSIGN_OR_RETURN(Options options, ReadOptions(config));
  if (!user.empty()) options.user = user;
  options.on_waiting = std::move(on_waiting);
  const std::uint64_t seed = Seed(clock, &options);
  auto context = std::make_shared<Context>(std::move(address), std::move(options), clock, seed);
  return std::shared_ptr<fs::FileSystem>(std::make_shared<HdfsFileSystem>(authority, std::move(context)));
}

fs::Registry::Factory HdfsFactory(const Config& config, Clock& clock, const std::string& user, WaitListener on_waiting) {
  return [=, &clock](const std::string& authority) { return MakeHdfsFileSystem(authority, config, clock, user, on_waiting); };
}

}  // namespace mrd::dfs::client
