#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/blocks/host_lists.h"
#include "namenode/blocks/options.h"
#include "namenode/blocks/slot_set.h"
#include "namenode/blocks/types.h"

namespace mrd::namenode {

// One volume of a datanode.
struct StorageRecord {
  std::string uuid;
  NodeIndex node;
  dfs::StorageType type = dfs::StorageType::kDisk;
  bool failed = false;
  bool gone = false;      // the node came without it, or was replaced; the record stays, the index is not reused
  bool reported = false;  // a full report came since the registration
  dfs::StorageReport space;         // as of the last heartbeat
  // Targets handed out lately. Forgotten after one to two periods or when they arrive.
  struct Promises {
    std::uint32_t count = 0;
    std::uint64_t bytes = 0;
  };
  Promises promised_now;
  Promises promised_before;
  SlotSet blocks;                   // every block of which it holds a replica, good or bad, finalized or not
  // Replicas that came by event lately: what a report begun before does not list and must not remove.
  SlotSet young_now;
  SlotSet young_before;
  // Likewise those that went: a report begun before still lists them and must not bring them back.
  SlotSet gone_now;
  SlotSet gone_before;
  MonoMs young_since_ms = 0;
  bool usable() const { return !failed && !gone; }
};

struct NodeRecord {
  dfs::DatanodeId id;
  std::string rack = dfs::kDefaultRack;
  std::string software_version;
  std::vector<StorageIndex> storages;      // those that are not gone
  std::vector<StorageIndex> all_storages;  // those that ever were
  std::uint64_t epoch = 0;             // of the current registration
  bool alive = false;
  bool replaced = false;               // another node took its address or the administrator forgot it; never listed
  dfs::AdminState admin = dfs::AdminState::kNormal;
  MonoMs last_heartbeat_ms = 0;
  MonoMs last_report_ms = -1;          // a full report of any storage was finished; -1: none yet
  std::uint32_t xceivers = 0;
  std::uint32_t transfers = 0;         // in progress at the last heartbeat, and ordered in answer to it
  std::uint32_t failed_volumes = 0;
  std::int64_t maintenance_until_ms = 0;  // wall clock
  bool in_service() const { return admin == dfs::AdminState::kNormal; }
  bool leaving() const {
    return admin == dfs::AdminState::kDecommissionInProgress || admin == dfs::AdminState::kDecommissioned;
  }
  bool in_maintenance() const {
    return admin == dfs::AdminState::kEnteringMaintenance || admin == dfs::AdminState::kInMaintenance;
  }
};

// What became of a registration.
struct Registered {
  NodeIndex node;
  std::uint64_t epoch = 0;
  bool was_known = false;
  std::vector<StorageIndex> dropped;  // volumes that are no longer there; their replicas have to go
};

// The datanodes and their volumes: who they are, whether they live, what they may be used for. Knows nothing of blocks
// beyond their slots. Records are never removed while the process runs, so that an index stays valid.
class DatanodeTable {
 public:
  explicit DatanodeTable(const BlockOptions& options) : options_(options) {}

  // Makes a node known or known again. A known uuid under a new address moves there, unless it is alive under another
  // ip, which means that a disk was copied: refused. A known address under a new uuid replaces the node that was
  // there. Refused with DisallowedDatanodeException when the host lists do not admit it.
  Result<Registered> Register(const Registration& registration, MonoMs now);
  // The node that registered under this uuid with this epoch and lives; UnregisteredNodeException otherwise, which
  // means that it has to register again.
  Result<NodeIndex> Check(std::string_view uuid, std::uint64_t epoch) const;
  // Takes in what a heartbeat says; a storage unknown so far is added. Returns the volumes that have failed or gone.
  std::vector<StorageIndex> Heartbeat(NodeIndex node, const HeartbeatReport& report, MonoMs now);
  // Nodes whose time is over; they are dead on return. Forgets old promises too.
  std::vector<NodeIndex> Expire(MonoMs now);
  // Declares it dead now: it said good-bye, or an operator did.
  void MarkDead(NodeIndex node);

  // Takes new host lists. Nodes that no longer are admitted die; others begin or end leaving. Returns the nodes whose
  // state changed.
  std::vector<NodeIndex> SetHosts(HostLists lists, MonoMs now);
  // Ends maintenance that ran out; returns those nodes.
  std::vector<NodeIndex> ExpireMaintenance(MonoMs now);
  void SetAdminState(NodeIndex node, dfs::AdminState state);
  // A new rack for a node, as a changed topology says.
  void SetRack(NodeIndex node, std::string rack);

  // REQUIRES: a valid index.
  const NodeRecord& node(NodeIndex index) const { return nodes_[index.value]; }
  NodeRecord& node(NodeIndex index) { return nodes_[index.value]; }
  const StorageRecord& storage(StorageIndex index) const { return storages_[index.value]; }
  StorageRecord& storage(StorageIndex index) { return storages_[index.value]; }
  std::size_t node_count() const { return nodes_.size(); }  // indices are 0 to this minus 1
  std::size_t storage_count() const { return storages_.size(); }

  std::optional<NodeIndex> FindUuid(std::string_view uuid) const;
  // By "ip:port" or "host:port" of the data port.
  std::optional<NodeIndex> FindAddress(std::string_view address) const;
  // The volume of the node; also finds volumes that are gone.
  std::optional<StorageIndex> FindStorage(NodeIndex node, std::string_view uuid) const;
  // Nodes on a host, by ip or name, in index order.
  const std::vector<NodeIndex>& OnHost(std::string_view ip_or_host) const;

  bool IsStale(NodeIndex node, MonoMs now) const;
  std::uint32_t live_count() const { return static_cast<std::uint32_t>(live_nodes_.size()); }
  // Live nodes, in index order.
  const std::vector<NodeIndex>& live() const { return live_nodes_; }
  // Racks with a live node in service.
  std::uint32_t rack_count() const { return static_cast<std::uint32_t>(racks_.size()); }
  // Connections per live node in service, on average.
  double AverageXceivers() const;

  // Bytes promised to a replica on its way there, so that a volume is not promised to many at once.
  void Promise(StorageIndex storage, std::uint64_t bytes);
  // One promise is over: the replica came, or will not. Which one is not known: an average one.
  void Fulfil(StorageIndex storage);
  // Free bytes minus promises.
  std::uint64_t Available(StorageIndex storage) const;

  // For clients and reports.
  dfs::DatanodeInfo Info(NodeIndex node) const;
  dfs::ReplicaLocation Location(ReplicaTarget replica) const;
  std::vector<NodeIndex> Listed(dfs::DatanodeReportType type) const;
  // Sums of the live nodes; the fields on blocks stay 0.
  dfs::FsStats Space() const;
  std::int64_t WallMs(MonoMs now) const { return options_.wall_offset_ms + now; }

 private:
  Status Admit(const Registration& registration, std::optional<NodeIndex> known, MonoMs now) const;
  StorageIndex FindOrAddStorage(NodeIndex node, const std::string& uuid, dfs::StorageType type);
  // Takes over which volumes there are; returns those that ceased to be usable.
  std::vector<StorageIndex> SetStorages(NodeIndex node, const std::vector<RegisteredStorage>& storages);
  void SetAlive(NodeIndex node, bool alive);
  std::vector<StorageIndex> Replace(NodeIndex node);
  // Sets the state that the host lists wish for; true when it changed.
  bool ApplyHosts(NodeIndex node, MonoMs now);
  void Recount();
  // A node appears under its address and host, or disappears from there. To be called around any change of its id.
  void Index(NodeIndex node);
  void Unindex(NodeIndex node);

  const BlockOptions& options_;
  HostLists hosts_;
  std::deque<NodeRecord> nodes_;
  std::deque<StorageRecord> storages_;
  std::unordered_map<std::string, NodeIndex> by_uuid_;
  std::unordered_map<std::string, NodeIndex> by_address_;
  std::unordered_map<std::string, std::vector<NodeIndex>> by_host_;  // ip and name in small letters; in index order
  std::vector<NodeIndex> live_nodes_;
  std::set<std::string> racks_;
  std::uint64_t last_epoch_ = 0;
  MonoMs promises_since_ms_ = 0;
};

}  // namespace mrd::namenode
