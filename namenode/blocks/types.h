#pragma once

// What the parts of namenode/blocks share, as plain values.

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dfs/types.h"

namespace mrd::namenode {

// Instants are milliseconds of a monotonic clock, given by the caller; they never go back.
using MonoMs = std::int64_t;

// A datanode and one of its volumes, as small numbers that live as long as this process. Never durable, never sent.
struct NodeIndex {
  std::uint32_t value = UINT32_MAX;
  bool valid() const { return value != UINT32_MAX; }
  friend auto operator<=>(const NodeIndex&, const NodeIndex&) = default;
};
struct StorageIndex {
  std::uint32_t value = UINT32_MAX;
  bool valid() const { return value != UINT32_MAX; }
  friend auto operator<=>(const StorageIndex&, const StorageIndex&) = default;
};
inline constexpr std::uint32_t kStoragesMax = (1u << 20) - 1;

// Where a replica is or shall be.
struct ReplicaTarget {
  NodeIndex node;
  StorageIndex storage;
  friend bool operator==(const ReplicaTarget&, const ReplicaTarget&) = default;
};

// What the namenode thinks of a block (hdfs-protocol §3.1).
enum class BlockState : std::uint8_t {
  kUnderConstruction,  // a client writes it
  kUnderRecovery,      // datanodes agree on its length
  kCommitted,          // length and stamp are final; too few replicas are reported
  kComplete,
};

// A block without its replicas.
struct BlockSummary {
  dfs::Block block;
  dfs::InodeId file;
  std::uint32_t replication = 0;  // wanted
  BlockState state = BlockState::kUnderConstruction;
};

// A replica of a block under construction: expected there by the pipeline, or reported, or both.
struct OpenReplica {
  ReplicaTarget where;
  bool expected = false;
  bool reported = false;
  dfs::ReplicaState state = dfs::ReplicaState::kRbw;  // the rest: as last reported
  dfs::GenerationStamp stamp;
  std::uint64_t length = 0;
};

// Replicas of one block by what they are good for. Each replica is counted once.
struct ReplicaCounts {
  std::uint32_t live = 0;             // good, on a live node in service, not to be deleted
  std::uint32_t decommissioning = 0;  // good, on a live node that leaves
  std::uint32_t decommissioned = 0;   // good, on a live node that has left
  std::uint32_t maintenance = 0;      // good, on a node in or entering maintenance
  std::uint32_t corrupt = 0;          // known to be bad, wherever
  std::uint32_t excess = 0;           // good, ordered to be deleted
  std::uint32_t pending = 0;          // ordered to be made
  std::uint32_t stale_nodes = 0;      // of the live ones, how many are on nodes that are silent for long
  // Good replicas that a reader can use.
  std::uint32_t readable() const { return live + decommissioning + decommissioned + maintenance + excess; }
};

// Why a replica counts as bad.
enum class CorruptReason : std::uint8_t {
  kOldStamp,      // missed a pipeline recovery or an append
  kNewerStamp,    // of a recovery that this namenode knows nothing of
  kWrongLength,
  kUnfinished,    // not finalized though the block is complete
  kBadChecksum,   // its own datanode read it and says so
};
struct CorruptReplica {
  ReplicaTarget where;
  CorruptReason reason = CorruptReason::kBadChecksum;
  dfs::GenerationStamp stamp;  // of the replica itself
  std::uint64_t length = 0;
};

// How endangered a block is; the smaller, the sooner it is copied.
enum class RiskLevel : std::uint8_t {
  kHighest = 0,          // one live replica, or only on nodes that leave
  kVeryLow = 1,          // less than a third of those wanted
  kLow = 2,              // fewer than wanted
  kBadlyDistributed = 3, // enough, but all in one rack
  kMissing = 4,          // no good replica is known: nothing to copy from
};
inline constexpr int kRiskLevels = 5;

// Orders to a datanode (proto/mr/datanode.proto). All may be repeated without harm.
struct TransferCommand {
  dfs::Block block;
  std::vector<dfs::ReplicaLocation> targets;
};
struct InvalidateCommand {
  std::vector<dfs::Block> blocks;  // each with the stamp of the replica that is meant
};
struct RecoverBlockCommand {
  dfs::Block block;  // with the stamp before the recovery
  dfs::GenerationStamp new_stamp;
  std::vector<dfs::DatanodeInfo> locations;  // the one that is ordered first
  std::optional<std::uint64_t> truncate_length;
};
struct VerifyBlockCommand {
  dfs::Block block;
};
struct SetBandwidthCommand {
  std::uint64_t bytes_per_second = 0;
};
struct RegisterCommand {};
struct ShutdownCommand {};
using Command = std::variant<TransferCommand,
                             InvalidateCommand,
                             RecoverBlockCommand,
                             VerifyBlockCommand,
                             SetBandwidthCommand,
                             RegisterCommand,
                             ShutdownCommand>;

// What a datanode sends.
struct RegisteredStorage {
  std::string uuid;
  dfs::StorageType type = dfs::StorageType::kDisk;
  bool failed = false;
};
struct Registration {
  dfs::DatanodeId id;  // with a numeric ip that clients can reach
  std::string rack;    // resolved by the caller; "" is kDefaultRack
  std::string software_version;
  std::vector<RegisteredStorage> storages;
};
struct HeartbeatReport {
  std::vector<dfs::StorageReport> storages;
  std::uint32_t xceivers = 0;
  std::uint32_t transfers = 0;  // copies to other datanodes in progress
  std::uint32_t failed_volumes = 0;
  std::uint64_t replicas = 0;
};
struct HeartbeatReply {
  bool must_register = false;  // then the rest is empty
  bool request_full_report = false;
  std::vector<Command> commands;
};
// One part of a full report of one storage. Views: valid during the call.
struct BlockReportPart {
  std::string storage_uuid;
  std::uint64_t report_id = 0;  // larger in each newer report of a registration
  std::uint32_t part_index = 0;
  std::uint32_t part_count = 1;
  std::vector<dfs::ReportedReplica> replicas;
};
struct BlockEvent {
  enum class Kind : std::uint8_t { kReceiving, kReceived, kDeleted };
  std::string storage_uuid;
  dfs::Block block;
  Kind kind = Kind::kReceived;
  std::string delete_hint;  // uuid of a datanode, or ""
};

}  // namespace mrd::namenode

template <>
struct std::hash<mrd::namenode::NodeIndex> {
  std::size_t operator()(const mrd::namenode::NodeIndex& index) const noexcept { return index.value; }
};
template <>
struct std::hash<mrd::namenode::StorageIndex> {
  std::size_t operator()(const mrd::namenode::StorageIndex& index) const noexcept { return index.value; }
};
