#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.h"
#include "namenode/blocks/datanode_table.h"
#include "namenode/blocks/types.h"

namespace mrd::namenode {

// Who asks: a client or a datanode. Any field may be empty.
struct ClientPlace {
  std::string ip;
  std::string host;
  std::string rack;
};

struct PlacementRequest {
  std::uint32_t count = 0;       // how many targets are wanted beside `existing`
  std::uint64_t block_size = 0;  // bytes that must fit
  ClientPlace client;
  std::vector<NodeIndex> existing;       // hold the block already; count for the rack rules
  std::vector<NodeIndex> excluded;       // never chosen
  std::vector<std::string> favoured;     // "host:port", "ip:port" or uuid; tried first
  bool no_local_write = false;           // not on the client's host
  bool ignore_client_locality = false;   // the client's host is like any other
};

// Why a node was not chosen. The numbers of a Refusal depend on it.
enum class RefusalReason : std::uint8_t {
  kExcludedByCaller,
  kHoldsReplica,
  kDead,           // have: ms since its last heartbeat
  kDecommission,   // leaves or has left
  kMaintenance,
  kNoSpace,        // have: largest remaining of one volume minus what is promised there; need: block size
  kNoStorage,      // no healthy volume
  kOverloaded,     // have: connections; need: at most so many
  kStale,          // have: ms since its last heartbeat; need: less than this
  kRackFull,       // have: replicas in the rack; need: at most so many
  kLocalNotWanted, // the client asked for no local replica
};
std::string_view RefusalName(RefusalReason reason);

struct Refusal {
  NodeIndex node;
  std::string address;  // "ip:port"
  RefusalReason reason = RefusalReason::kDead;
  std::uint64_t have = 0;
  std::uint64_t need = 0;
};
// "10.0.0.4:9866: no space: 12 MB left, block needs 128 MB".
std::string ToString(const Refusal& refusal);

struct PlacementResult {
  std::vector<ReplicaTarget> targets;  // in pipeline order; possibly fewer than wanted, possibly none
  std::vector<Refusal> refusals;       // one per node not chosen; filled only when targets are fewer than wanted
  std::uint32_t running = 0;           // live nodes
  std::uint32_t excluded = 0;          // nodes that the caller excluded
};
// The text of stock HDFS, then each refusal with its reason:
// "File /f could only be written to 0 of the 1 minReplication nodes. There are 3 datanode(s) running and 3 node(s) are
// excluded in this operation. ..."
std::string ShortfallText(const PlacementResult& result, std::string_view path, std::uint32_t min_replication);

// Chooses where replicas go: the first on the writer's host, the second in another rack, the third in the rack of the
// second, others anywhere with few per rack. Nodes that are dead, leave, are full, stale or overloaded are not taken;
// the last two are when nothing else is left. Reserves the space that it promises (DatanodeTable::Promise).
class Placement {
 public:
  // Both outlive this object.
  Placement(DatanodeTable& nodes, Random& random) : nodes_(nodes), random_(random) {}

  PlacementResult Choose(const PlacementRequest& request, MonoMs now);
  // The same without promising space or using up randomness: for explanations.
  PlacementResult WouldChoose(const PlacementRequest& request, MonoMs now) const;

 private:
  DatanodeTable& nodes_;
  Random& random_;
};

// Orders replicas for a reader: same host, same rack, others; stale nodes after those, nodes that have left last. Among
// equals the order depends on reader and block alone, so that readers spread and a retry sees the same order.
void SortForReader(const DatanodeTable& nodes,
                   const ClientPlace& reader,
                   dfs::BlockId block,
                   MonoMs now,
                   std::vector<ReplicaTarget>& replicas);

}  // namespace mrd::namenode
