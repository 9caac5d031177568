#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.h"
#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/blocks/datanode_table.h"
#include "namenode/blocks/options.h"
#include "namenode/blocks/placement.h"
#include "namenode/blocks/safe_mode.h"
#include "namenode/blocks/types.h"

namespace mrd::namenode {

// What a report or an event led to. The caller looks at the blocks: their files may now be closed.
struct ReportOutcome {
  std::vector<dfs::BlockId> satisfied;  // committed blocks that now have the minimal number of good replicas
};

// What a Tick led to.
struct TickOutcome {
  std::vector<NodeIndex> died;
  std::vector<NodeIndex> left;               // decommissioning or entering maintenance is finished
  std::vector<dfs::BlockId> recoveries_due;  // no news in time: call BeginRecovery() again with a new stamp
  bool left_safe_mode = false;
  bool more = false;  // a walk in the background is not finished: call again soon rather than in a second
};

// Where a block can be read.
struct BlockPlaces {
  std::vector<dfs::ReplicaLocation> locations;  // ordered for the reader
  bool corrupt = false;                         // every replica is; then these are the corrupt ones
};

// A block that lacks something, for lists.
struct TroubledBlock {
  dfs::Block block;
  dfs::InodeId file;
  std::uint32_t replication = 0;
  ReplicaCounts counts;
  std::string last_seen;  // "ip:port" of the node that had the last good replica; "" when not known
};

// Why a block is not (yet) replicated as wanted.
enum class RedundancyObstacle : std::uint8_t {
  kNone,             // nothing is wrong
  kOpen,             // still being written
  kSafeMode,         // no copies are ordered before safe mode ends
  kCopyPending,      // ordered, not yet arrived
  kQueued,           // waits for its turn; nothing is in the way
  kNoReplica,        // nothing to copy from
  kSourcesBusy,      // each node with a replica sends as many copies as it may
  kNoTarget,         // see refusals
};
struct RedundancyStatus {
  RedundancyObstacle obstacle = RedundancyObstacle::kNone;
  ReplicaCounts counts;
  std::uint32_t wanted = 0;
  std::optional<RiskLevel> level;  // its queue
  std::vector<Refusal> refusals;
};
std::string_view ObstacleText(RedundancyObstacle obstacle);

// All that the namenode knows of blocks' replicas and of datanodes, and what it decides from it. Soft state: nothing
// here is durable except what the tree stores of a block (id, stamp, length), which the caller loads after a start.
//
// Pure: no I/O, no clock; instants are arguments, chance is the Random given. One thread. Deterministic: the same calls
// lead to the same answers.
//
// Orders leave with the answer to a heartbeat. The caller lets that answer go only when every edit applied so far is
// durable: an order to delete replicas must not precede the edit that removed the block.
//
// The order of a start: AddLoaded() or AddOpen() for every block of the tree, SetIssued(), FinishLoading(); then
// datanodes may register.
class Blocks {
 public:
  // `random` outlives this object.
  Blocks(const BlockOptions& options, Random& random);
  ~Blocks();
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  // --- Start ---------------------------------------------------------------------------------------------------------
  // A block of a closed file, or one of an open file that is not its last: complete.
  void AddLoaded(const dfs::Block& block, dfs::InodeId file, std::uint32_t replication);
  // The largest id and stamp ever handed out. A replica beyond them is of a future that this namenode does not know (an
  // old copy of its data was restored?): such replicas are counted and never deleted.
  void SetIssued(dfs::BlockId last_id, dfs::GenerationStamp last_stamp);
  // Ends loading and begins safe mode.
  void FinishLoading(MonoMs now);

  // --- Life of a block. REQUIRES for all but the Adds: the block is known, unless they say otherwise. --------------
  // A new block, or after a start the last one of an open file: under construction. `targets` are its pipeline, empty
  // after a start; reports fill in who holds it.
  void AddOpen(const dfs::Block& block,
               dfs::InodeId file,
               std::uint32_t replication,
               const std::vector<ReplicaTarget>& targets);
  // Forgets it and orders the deletion of its replicas. Fine when unknown.
  void Remove(dfs::BlockId id);
  // The writer's final length and stamp. kFailedPrecondition (java.io.IOException) when the block is not under
  // construction, when the length is shorter than known or the stamp older. Idempotent for a block that is committed or
  // complete with the same values.
  Status Commit(const dfs::Block& block);
  // Committed with the minimal number of good replicas, or complete.
  bool IsSatisfied(dfs::BlockId id) const;
  // Committed and satisfied to complete. False when it is not; true also when it is complete already.
  bool Complete(dfs::BlockId id);
  bool IsComplete(dfs::BlockId id) const;
  // For append and truncate: complete to under construction, same stamp. Its good replicas become the pipeline.
  void Reopen(dfs::BlockId id);
  // A new stamp, length and pipeline of a block under construction (updatePipeline). Replicas elsewhere become stale.
  void UpdatePipeline(const dfs::Block& block, const std::vector<ReplicaTarget>& targets);
  // Length of a block under construction as a client's fsync tells it; never shrinks.
  void SetOpenLength(dfs::BlockId id, std::uint64_t length);
  // The wanted number of replicas; more or fewer follow.
  void SetReplication(dfs::BlockId id, std::uint32_t replication);
  // The block now belongs to another file (concat).
  void SetFile(dfs::BlockId id, dfs::InodeId file);

  // --- Block recovery ------------------------------------------------------------------------------------------------
  // Orders a live holder to lead the recovery; a second call with a larger stamp takes over and prefers another holder.
  // False when no holder is alive: the order goes out as soon as one is, or TickOutcome::recoveries_due comes again.
  bool BeginRecovery(dfs::BlockId id,
                     dfs::GenerationStamp recovery_stamp,
                     std::optional<std::uint64_t> truncate_length,
                     MonoMs now);
  // The stamp of the recovery that runs; value 0 when none does.
  dfs::GenerationStamp RecoveryStamp(dfs::BlockId id) const;
  // The recovery led to `block` (new stamp and length), held by `holders` in finalized state: it is committed and those
  // count as reported. kFailedPrecondition when the stamp is not that of the running recovery.
  Status FinishRecovery(const dfs::Block& block, const std::vector<ReplicaTarget>& holders);
  // Of a block under construction that was loaded after a start: those in its pipeline, as was recorded, may hold it and
  // are asked when it is recovered, whether or not they reported it.
  void ExpectHolders(dfs::BlockId id, const std::vector<ReplicaTarget>& targets);
  // True when nobody is expected to hold anything of a block under construction and nobody reported something: it can
  // be dropped when its file is released.
  bool IsEmptyAndUnplaced(dfs::BlockId id) const;
  // True when this process gave the block to its pipeline, or was told of it since: not only from what was reported.
  bool IsPipelineKnown(dfs::BlockId id) const;
  // True when a replica of the open block is expected on that volume.
  bool IsExpected(dfs::BlockId id, StorageIndex storage) const;

  // --- Datanodes -----------------------------------------------------------------------------------------------------
  Result<Registered> Register(const Registration& registration, MonoMs now);
  HeartbeatReply Heartbeat(std::string_view uuid, std::uint64_t epoch, const HeartbeatReport& report, MonoMs now);
  // Errors: UnregisteredNodeException; kInvalidArgument for a storage that the node never named or impossible numbers.
  Result<ReportOutcome> ReportPart(std::string_view uuid, std::uint64_t epoch, const BlockReportPart& part, MonoMs now);
  Result<ReportOutcome> ReportEvents(std::string_view uuid,
                                     std::uint64_t epoch,
                                     std::span<const BlockEvent> events,
                                     MonoMs now);
  // A datanode found its own replica bad: it counts as corrupt until an event says that a new copy came, or its node
  // dies. A datanode that still has it says so again after a registration, before its full report. Unknown block or
  // storage, another stamp, a block under construction: nothing happens.
  void ReportCorrupt(NodeIndex node, std::string_view storage_uuid, const dfs::Block& block);
  // A client, or another datanode, suspects a replica: its datanode is told to verify it, nothing more.
  void SuspectCorrupt(NodeIndex node, const dfs::Block& block);
  std::vector<NodeIndex> SetHosts(HostLists lists, MonoMs now);
  void SetRack(NodeIndex node, std::string rack);
  // For orders of administrators (bandwidth, shutdown, register). Dropped when the node registers anew.
  void Enqueue(NodeIndex node, Command command);
  // Asks for a full report with the next heartbeat.
  void RequestReport(NodeIndex node);
  // Nodes that would get orders with a heartbeat at once: for a caller that holds calls open.
  bool HasOrders(NodeIndex node) const;

  // --- Time ----------------------------------------------------------------------------------------------------------
  // Deaths, timeouts, background walks, safe mode. Call about once a second.
  TickOutcome Tick(MonoMs now);
  // Orders copies for endangered blocks, the most endangered first, at most `copies_max` (0: work_per_live_node times
  // live nodes). Returns how many. Nothing in safe mode.
  std::size_t ComputeWork(MonoMs now, std::size_t copies_max = 0);

  // --- Placement -----------------------------------------------------------------------------------------------------
  PlacementResult Place(const PlacementRequest& request, MonoMs now);
  PlacementResult WouldPlace(const PlacementRequest& request, MonoMs now) const;
  // The replicas that a client names by the uuids of nodes and storages; kInvalidArgument names the unknown one. An
  // empty storage uuid stands for any volume of the node.
  Result<std::vector<ReplicaTarget>> FindTargets(std::span<const std::string> node_uuids,
                                                 std::span<const std::string> storage_uuids) const;

  MonoMs now() const;  // of the last call that told the time

  // --- Reading -------------------------------------------------------------------------------------------------------
  const DatanodeTable& nodes() const;
  std::size_t block_count() const;
  std::optional<BlockSummary> Find(dfs::BlockId id) const;
  ReplicaCounts Count(dfs::BlockId id, MonoMs now) const;
  // Good replicas of a complete block, the pipeline of one under construction.
  BlockPlaces Places(dfs::BlockId id, const ClientPlace& reader, MonoMs now) const;
  std::vector<ReplicaTarget> Replicas(dfs::BlockId id) const;  // the same, unordered (index order)
  std::vector<OpenReplica> OpenReplicas(dfs::BlockId id) const;
  std::vector<CorruptReplica> CorruptReplicas(dfs::BlockId id) const;
  bool IsExcess(dfs::BlockId id, NodeIndex node) const;
  std::vector<ReplicaTarget> ExcessReplicas(dfs::BlockId id) const;
  std::string LastSeen(dfs::BlockId id) const;  // as TroubledBlock::last_seen
  RedundancyStatus Explain(dfs::BlockId id, MonoMs now) const;
  // All replicas of the block in a word: "HEALTHY", "UNDER CONSTRUCTION", "UNDER REPLICATED", "MISREPLICATED",
  // "MISSING", "CORRUPT", "OVER REPLICATED".
  std::string_view StateText(dfs::BlockId id, MonoMs now) const;
  // What fsck prints about one replica: "HEALTHY", "STALE_NODE", "EXCESS", "DECOMMISSIONED", "DECOMMISSIONING",
  // "IN MAINTENANCE", "ENTERING MAINTENANCE", "CORRUPT".
  std::string_view ReplicaText(dfs::BlockId id, NodeIndex node, MonoMs now) const;

  dfs::FsStats Stats() const;
  std::vector<dfs::DatanodeInfo> DatanodeReport(dfs::DatanodeReportType type) const;
  std::vector<dfs::DatanodeStorageReport> StorageReport(dfs::DatanodeReportType type) const;
  // Blocks of a queue, in a fixed order, after `after` (exclusive; {} begins), at most `max`.
  std::vector<TroubledBlock> Queue(RiskLevel level, dfs::BlockId after, std::size_t max, MonoMs now) const;
  // Complete blocks without a good replica; those with a corrupt one are "corrupt files" to HDFS.
  std::vector<TroubledBlock> Missing(dfs::BlockId after, std::size_t max, MonoMs now) const;
  // Complete blocks of which safe mode still waits for a replica.
  std::vector<TroubledBlock> Unreported(dfs::BlockId after, std::size_t max, MonoMs now) const;
  std::size_t QueueSize(RiskLevel level) const;
  std::size_t pending_copies() const;
  std::size_t pending_deletions() const;
  std::size_t MemoryBytes() const;  // of the block map and the sets of blocks per volume

  SafeMode& safe_mode();  // Enter() and Leave() by hand; all else happens by itself
  const SafeMode& safe_mode() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mrd::namenode
