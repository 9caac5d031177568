#pragma once

// What fsck and doctor learn of a namenode, as plain values: what is wrong, and the reason of each thing as the namenode
// itself knows it. Made by namenode/core, carried by mr.AdministrationProtocol, shown by tools/check.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/types.h"

namespace mrd::dfs {

// How a block fares. Values are those of the wire.
enum class BlockHealth : std::uint8_t {
  kHealthy = 0,
  kOpen = 1,  // still being written
  kUnderReplicated = 2,
  kOverReplicated = 3,
  kMisreplicated = 4,  // enough replicas, too few racks
  kMissing = 5,        // no replica is known
  kCorrupt = 6,        // replicas are known and all of them are bad
};
// Nobody can read it.
inline bool IsLost(BlockHealth health) { return health == BlockHealth::kMissing || health == BlockHealth::kCorrupt; }

struct CheckedReplica {
  DatanodeId node;
  std::string rack;
  std::string storage_uuid;
  StorageType storage_type = StorageType::kDisk;
  std::string state;  // a word: "HEALTHY", "CORRUPT", "EXCESS", "STALE_NODE", "DECOMMISSIONED", …
};

struct CheckedBlock {
  Block block;
  std::uint32_t index = 0;   // in its file
  std::uint64_t offset = 0;  // of its first byte in the file
  BlockHealth health = BlockHealth::kHealthy;
  std::uint32_t wanted = 0;  // replicas
  std::uint32_t live = 0;    // good, on nodes in service
  std::uint32_t decommissioned = 0;
  std::uint32_t decommissioning = 0;
  std::uint32_t maintenance = 0;
  std::uint32_t corrupt = 0;
  std::uint32_t excess = 0;
  std::uint32_t stale = 0;  // of the live ones
  std::uint32_t pending = 0;
  std::string why;  // a sentence without a full stop; "" when nothing is wrong
  std::vector<CheckedReplica> replicas;
};

// A file, or the part of it that a page has room for; or a directory, which has a path alone.
struct CheckedFile {
  std::string path;
  bool directory = false;
  bool open = false;
  std::uint64_t length = 0;
  std::uint32_t replication = 0;
  std::uint32_t block_count = 0;
  std::vector<CheckedBlock> blocks;  // those that were asked for and those with a fault
};

// Sums over what was looked at.
struct CheckTotals {
  std::uint64_t directories = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t open_files = 0;  // left out of the rest unless they were asked for
  std::uint64_t open_bytes = 0;
  std::uint64_t open_blocks = 0;
  std::uint64_t blocks = 0;
  std::uint64_t minimally_replicated = 0;
  std::uint64_t over_replicated = 0;
  std::uint64_t under_replicated = 0;
  std::uint64_t misreplicated = 0;
  std::uint64_t missing = 0;
  std::uint64_t missing_bytes = 0;
  std::uint64_t corrupt = 0;
  std::uint64_t corrupt_bytes = 0;
  std::uint64_t wanted_replicas = 0;
  std::uint64_t live_replicas = 0;
  std::uint64_t lacking_replicas = 0;
  std::uint64_t decommissioned_replicas = 0;
  std::uint64_t decommissioning_replicas = 0;
  std::uint64_t maintenance_replicas = 0;

  void Add(const CheckTotals& other);
};

struct CheckRequest {
  std::string path;
  std::string after;                // where the page before ended; "" begins
  std::uint32_t after_blocks = 0;   // of the file `after`: so many of its blocks were looked at; 0: all of it
  bool all_files = false;           // tell of healthy files and of directories too
  bool all_blocks = false;          // tell of healthy blocks too
  bool open_files = false;          // look at files that are being written as well
};

struct CheckPage {
  std::vector<CheckedFile> files;  // in the order of the walk; one cut in two comes on both pages
  CheckTotals totals;              // of this page alone; a file counts on the page that it begins on
  bool more = false;
  std::string after;               // for the next request
  std::uint32_t after_blocks = 0;
  // Of the cluster.
  std::string client_ip;  // from where the namenode sees the caller
  std::string pool;
  std::uint32_t datanodes = 0;
  std::uint32_t racks = 0;
  std::uint32_t default_replication = 0;
  std::uint32_t min_replication = 1;
  std::uint64_t queued_copies = 0;
};

// One block by its id, for fsck -blockId.
struct BlockCheck {
  bool known = false;
  std::string path;  // "" when its file is gone
  CheckedBlock block;
};

struct LostBlock {
  Block block;
  std::string path;
  std::uint32_t wanted = 0;
  std::string why;
};

// ---- For doctor ----------------------------------------------------------------------------------------------------

struct ExamineRequest {
  std::uint32_t replication = 0;  // of the write that is tried in thought; 0: the namenode's default
  std::uint64_t block_size = 0;   // likewise
};

struct RefusedNode {
  std::string address;
  std::string why;  // as in the exception that a client gets
};

struct NodeFacts {
  DatanodeInfo info;
  bool alive = false;
  bool stale = false;
  std::int64_t silent_ms = 0;  // since its last heartbeat
  bool reported = false;       // a full report of every volume came since it registered
  std::string software_version;
  std::uint32_t failed_volumes = 0;
  std::vector<StorageReport> storages;
};

// A directory of the namenode, as its own machine sees it.
struct DirectoryFacts {
  std::string path;
  std::string fault;  // why it is out of use; "" when it is not
  std::uint64_t capacity = 0;
  std::uint64_t available = 0;
};

// How many troubled blocks have the same reason.
struct ReasonCount {
  BlockHealth health = BlockHealth::kHealthy;
  std::string why;
  std::uint64_t blocks = 0;
};

struct Examination {
  std::string cluster_id;
  std::string software_version;
  std::int64_t clock_ms = 0;  // the namenode's wall clock

  bool safe_mode = false;
  bool safe_mode_manual = false;
  std::string safe_mode_tip;         // why, and what ends it
  std::uint64_t awaited_blocks = 0;  // of which safe mode still waits for a replica
  std::vector<LostBlock> awaited;    // the first of them

  std::uint32_t wanted_targets = 0;  // of the write tried in thought
  std::uint32_t found_targets = 0;
  std::vector<RefusedNode> refused;

  std::vector<NodeFacts> nodes;

  FsStats stats;
  std::vector<ReasonCount> reasons;  // of a sample of the troubled blocks, most frequent first
  std::vector<LostBlock> lost;       // the first of those without a good replica

  std::string journal_fault;  // why no change is taken now; "" when changes are
  std::vector<DirectoryFacts> directories;
};

// What a datanode tells of itself.
struct DatanodeFacts {
  std::string software_version;
  std::int64_t clock_ms = 0;
  std::string namenode;          // "host:port" that it reports to
  std::string waiting_for;       // why it is not registered there; "" when it is
  struct Volume {
    std::string path;
    std::string fault;  // "" when it is in use
    std::uint64_t capacity = 0;   // of the disk
    std::uint64_t available = 0;  // of the disk
    std::uint64_t reserved = 0;
    std::uint64_t remaining = 0;  // for blocks
  };
  std::vector<Volume> volumes;
};

}  // namespace mrd::dfs
