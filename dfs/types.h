#pragma once

// What DFS parties talk about, as plain values. Generated protobuf types stop at dfs/wire; cores, stores and clients use
// these. Names and meanings are Hadoop's. Times are milliseconds since 1970, lengths are bytes.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mrd::dfs {

// Ids are types, so that two of them are not mistaken for each other. Ordered and hashable.
template <typename Tag>
struct Id {
  std::int64_t value = 0;
  friend auto operator<=>(const Id&, const Id&) = default;
};
using BlockId = Id<struct BlockIdTag>;
using GenerationStamp = Id<struct GenerationStampTag>;
using InodeId = Id<struct InodeIdTag>;

inline constexpr BlockId kFirstBlockId{1073741825};       // 2^30 + 1; ids below were random in old layouts
inline constexpr GenerationStamp kFirstGenerationStamp{1001};
inline constexpr InodeId kRootInodeId{16385};

// Quotas: none set; and "leave as it is" in setQuota.
inline constexpr std::int64_t kQuotaUnset = -1;
inline constexpr std::int64_t kQuotaUnchanged = INT64_MAX;

inline constexpr const char* kDefaultRack = "/default-rack";

struct Block {
  BlockId id;
  GenerationStamp stamp;
  std::uint64_t length = 0;
  friend bool operator==(const Block&, const Block&) = default;
};

// "blk_1073741825_1001", as Hadoop prints it.
std::string ToString(const Block& block);

// A block of one file system; `pool` names the file system ("BP-...").
struct ExtendedBlock {
  std::string pool;
  Block block;
  friend bool operator==(const ExtendedBlock&, const ExtendedBlock&) = default;
};

// Values are those of the wire.
enum class StorageType : std::uint8_t { kDisk = 1, kSsd = 2, kArchive = 3, kRamDisk = 4, kProvided = 5, kNvdimm = 6 };
enum class ReplicaState : std::uint8_t { kFinalized = 0, kRbw = 1, kRwr = 2, kRur = 3, kTemporary = 4 };
enum class AdminState : std::uint8_t {
  kNormal = 0, kDecommissionInProgress = 1, kDecommissioned = 2, kEnteringMaintenance = 3, kInMaintenance = 4
};
enum class ChecksumType : std::uint8_t { kNull = 0, kCrc32 = 1, kCrc32c = 2 };
enum class FileType : std::uint8_t { kDirectory = 1, kFile = 2, kSymlink = 3 };
enum class DatanodeReportType : std::uint8_t {
  kAll = 1, kLive = 2, kDead = 3, kDecommissioning = 4, kEnteringMaintenance = 5, kInMaintenance = 6
};
enum class SafeModeAction : std::uint8_t { kLeave = 1, kEnter = 2, kGet = 3, kForceExit = 4 };

// Bits of create and append.
inline constexpr std::uint32_t kCreateFlagCreate = 0x01;
inline constexpr std::uint32_t kCreateFlagOverwrite = 0x02;
inline constexpr std::uint32_t kCreateFlagAppend = 0x04;
inline constexpr std::uint32_t kCreateFlagNewBlock = 0x20;

// Who a datanode is and where it listens. `ip` is numeric; `uuid` is stable across restarts.
struct DatanodeId {
  std::string ip;
  std::string host;
  std::string uuid;
  std::uint16_t xfer_port = 0;
  std::uint16_t info_port = 0;
  std::uint16_t ipc_port = 0;
  // "ip:xfer_port": how clients, firstBadLink and reports name it.
  std::string XferAddress() const { return ip + ":" + std::to_string(xfer_port); }
  friend bool operator==(const DatanodeId&, const DatanodeId&) = default;
};

struct DatanodeInfo {
  DatanodeId id;
  std::uint64_t capacity = 0;
  std::uint64_t dfs_used = 0;
  std::uint64_t non_dfs_used = 0;
  std::uint64_t remaining = 0;
  std::uint64_t block_pool_used = 0;
  std::int64_t last_update_ms = 0;
  std::int64_t last_block_report_ms = 0;
  std::uint32_t xceiver_count = 0;
  std::uint32_t blocks = 0;
  std::string location = kDefaultRack;
  AdminState admin_state = AdminState::kNormal;
};

// One volume of a datanode as its heartbeat tells it.
struct StorageReport {
  std::string storage_uuid;
  StorageType type = StorageType::kDisk;
  bool failed = false;
  std::uint64_t capacity = 0;
  std::uint64_t dfs_used = 0;
  std::uint64_t non_dfs_used = 0;
  std::uint64_t remaining = 0;
  std::uint64_t block_pool_used = 0;
};

struct DatanodeStorageReport {
  DatanodeInfo info;
  std::vector<StorageReport> storages;
};

// One replica of a located block: the node and the volume on it.
struct ReplicaLocation {
  DatanodeInfo node;
  std::string storage_uuid;
  StorageType storage_type = StorageType::kDisk;
};

struct LocatedBlock {
  ExtendedBlock block;
  std::uint64_t offset = 0;  // of its first byte in the file
  bool corrupt = false;      // every replica is
  std::vector<ReplicaLocation> locations;  // in the order to read them, or of the pipeline
};

struct LocatedBlocks {
  std::uint64_t file_length = 0;  // without a last block that is under construction
  std::vector<LocatedBlock> blocks;
  bool under_construction = false;
  std::optional<LocatedBlock> last_block;
  bool last_block_complete = false;
};

struct FileStatus {
  FileType type = FileType::kFile;
  std::string path;  // local name in a listing, else empty
  std::uint64_t length = 0;
  std::uint16_t permission = 0;  // 0 to 01777
  std::string owner;
  std::string group;
  std::int64_t modified_ms = 0;
  std::int64_t accessed_ms = 0;
  std::string symlink;
  std::uint32_t replication = 0;
  std::uint64_t block_size = 0;
  InodeId id;
  std::int32_t children = 0;
  std::uint32_t storage_policy = 0;
  std::optional<LocatedBlocks> locations;
};

struct DirectoryListing {
  std::vector<FileStatus> entries;
  std::uint32_t remaining = 0;  // entries after this page
};

struct ServerDefaults {
  std::uint64_t block_size = 128u << 20;
  std::uint32_t bytes_per_checksum = 512;
  std::uint32_t write_packet_size = 65536;
  std::uint32_t replication = 3;
  std::uint32_t file_buffer_size = 4096;
  std::uint64_t trash_interval_minutes = 0;
  ChecksumType checksum_type = ChecksumType::kCrc32c;
  std::uint32_t default_storage_policy = 7;  // HOT
};

struct ContentSummary {
  std::uint64_t length = 0;
  std::uint64_t files = 0;
  std::uint64_t directories = 0;
  std::int64_t quota = kQuotaUnset;
  std::uint64_t space_consumed = 0;
  std::int64_t space_quota = kQuotaUnset;
};

struct FsStats {
  std::uint64_t capacity = 0;
  std::uint64_t used = 0;
  std::uint64_t remaining = 0;
  std::uint64_t under_replicated = 0;
  std::uint64_t corrupt_blocks = 0;
  std::uint64_t missing_blocks = 0;
  std::uint64_t missing_replication_one = 0;
  std::uint64_t blocks_in_future = 0;
  std::uint64_t pending_deletion = 0;
  std::uint64_t highest_priority_low_redundancy = 0;
};

// What distinguishes one file system from another. Made once by formatting.
struct NamespaceInfo {
  std::string cluster_id;     // "CID-<uuid>"
  std::string pool_id;        // "BP-<random>-<ip>-<ms>"
  std::uint32_t namespace_id = 0;
  std::int64_t created_ms = 0;
};

// One replica in a full block report.
struct ReportedReplica {
  Block block;
  ReplicaState state = ReplicaState::kFinalized;
};

}  // namespace mrd::dfs

template <typename Tag>
struct std::hash<mrd::dfs::Id<Tag>> {
  std::size_t operator()(const mrd::dfs::Id<Tag>& id) const noexcept {
    // Ids are handed out in sequence; multiplying spreads them over the buckets.
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9E3779B97F4A7C15ull >> 7);
  }
};
