#include "namenode/blocks/datanode_table.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "common/base/check.h"
#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

using dfs::AdminState;

// Promised space that nobody claimed is forgotten after one to two of these.
constexpr MonoMs kPromisePeriodMs = 600'000;
constexpr std::size_t kNodesMax = 1u << 18;
constexpr std::size_t kStoragesPerNodeMax = 1024;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace

Status DatanodeTable::Admit(const Registration& registration, std::optional<NodeIndex> known, MonoMs now) const {
  const dfs::DatanodeId& id = registration.id;
  if (id.uuid.empty() || id.ip.empty() || id.xfer_port == 0) {
    return dfs::Exception(dfs::java::kHadoopIllegalArgument,
                          "A datanode registered without uuid, address or port: uuid=\"" + id.uuid + "\" address=" +
                              id.XferAddress());
  }
  if (!hosts_.Admits(id)) {
    return dfs::Exception(dfs::java::kDisallowedDatanode,
                          "Datanode denied communication with namenode because the host is not in the include-list: " +
                              id.XferAddress() + " (" + id.host + "). Add it to the file of dfs.hosts and run "
                              "\"hdfs dfsadmin -refreshNodes\".");
  }
  const std::size_t volumes = registration.storages.size();
  if (volumes > kStoragesPerNodeMax || storages_.size() + volumes >= kStoragesMax ||
      (!known && nodes_.size() >= kNodesMax)) {
    return ResourceExhausted("datanode " + id.XferAddress() + " with " + std::to_string(volumes) +
                             " volumes cannot be registered: " + std::to_string(nodes_.size()) + " datanodes with " +
                             std::to_string(storages_.size()) +
                             " volumes are known, more cannot be kept; restart the namenode to forget those that "
                             "are gone");
  }
  if (known) {
    const NodeRecord& old = node(*known);
    // The same host with another port is a restart. Another host is a copied disk, as long as the first one lives.
    if (old.alive && old.id.ip != id.ip && !IsStale(*known, now)) {
      return dfs::Exception(dfs::java::kUnregisteredNode,
                            "Data node " + id.XferAddress() + " is attempting to report storage ID " + id.uuid +
                                ". Node " + old.id.XferAddress() +
                                " is expected to serve this storage. If its disks were copied, empty the copy's data "
                                "directories; if it moved, stop the old one.");
    }
  }
  return Status::Ok();
}

Result<Registered> DatanodeTable::Register(const Registration& registration, MonoMs now) {
  const dfs::DatanodeId& id = registration.id;
  const std::optional<NodeIndex> known = FindUuid(id.uuid);
  MRD_RETURN_IF_ERROR(Admit(registration, known, now));
  Registered result;
  result.was_known = known.has_value();
  if (auto other = by_address_.find(id.XferAddress()); other != by_address_.end() && other->second != known) {
    result.dropped = Replace(other->second);
  }
  result.node = known.value_or(NodeIndex{static_cast<std::uint32_t>(nodes_.size())});
  if (!known) {
    nodes_.emplace_back();
    by_uuid_[id.uuid] = result.node;
  } else {
    Unindex(*known);
  }
  NodeRecord& record = node(result.node);
  record.id = id;
  Index(result.node);
  record.rack = registration.rack.empty() ? dfs::kDefaultRack : registration.rack;
  record.software_version = registration.software_version;
  record.last_heartbeat_ms = now;
  record.xceivers = record.transfers = 0;
  // Grows over restarts of the namenode too, so that a late call of an old registration never fits a new one.
  last_epoch_ = std::max(last_epoch_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(WallMs(now), 0)));
  record.epoch = result.epoch = last_epoch_;
  for (StorageIndex dropped : SetStorages(result.node, registration.storages)) result.dropped.push_back(dropped);
  for (StorageIndex index : record.storages) {
    StorageRecord& volume = storage(index);
    volume.reported = false;
    // Its next report is composed after this registration and knows everything that came before.
    volume.young_now.Clear();
    volume.young_before.Clear();
    volume.gone_now.Clear();
    volume.gone_before.Clear();
  }
  SetAlive(result.node, true);
  ApplyHosts(result.node, now);
  return result;
}

std::vector<StorageIndex> DatanodeTable::Replace(NodeIndex index) {
  NodeRecord& old = node(index);
  by_uuid_.erase(old.id.uuid);
  Unindex(index);
  old.replaced = true;
  SetAlive(index, false);
  std::vector<StorageIndex> dropped = old.storages;
  for (StorageIndex volume : old.storages) storage(volume).gone = true;
  old.storages.clear();
  return dropped;
}

StorageIndex DatanodeTable::FindOrAddStorage(NodeIndex owner, const std::string& uuid, dfs::StorageType type) {
  if (auto found = FindStorage(owner, uuid)) return *found;
  const StorageIndex index{static_cast<std::uint32_t>(storages_.size())};
  StorageRecord& volume = storages_.emplace_back();
  volume.uuid = uuid;
  volume.node = owner;
  volume.type = type;
  volume.gone = true;  // until SetStorages() lists it
  node(owner).all_storages.push_back(index);
  return index;
}

std::vector<StorageIndex> DatanodeTable::SetStorages(NodeIndex owner, const std::vector<RegisteredStorage>& storages) {
  NodeRecord& record = node(owner);
  std::vector<StorageIndex> before;
  for (StorageIndex index : record.storages) {
    if (storage(index).usable()) before.push_back(index);
    storage(index).gone = true;
  }
  record.storages.clear();
  for (const RegisteredStorage& told : storages) {
    if (record.all_storages.size() >= kStoragesPerNodeMax && !FindStorage(owner, told.uuid)) continue;
    if (storages_.size() >= kStoragesMax && !FindStorage(owner, told.uuid)) continue;
    const StorageIndex index = FindOrAddStorage(owner, told.uuid, told.type);
    StorageRecord& volume = storage(index);
    if (!volume.gone) continue;  // named twice
    const bool was_usable = std::find(before.begin(), before.end(), index) != before.end();
    volume.gone = false;
    volume.failed = told.failed;
    volume.type = told.type;
    if (!was_usable) volume.reported = false;
    record.storages.push_back(index);
  }
  std::vector<StorageIndex> dropped;
  for (StorageIndex index : before) {
    if (!storage(index).usable()) dropped.push_back(index);
  }
  return dropped;
}

Result<NodeIndex> DatanodeTable::Check(std::string_view uuid, std::uint64_t epoch) const {
  const std::optional<NodeIndex> found = FindUuid(uuid);
  const char* reason = !found                       ? "it is not registered"
                       : !node(*found).alive        ? "it was declared dead"
                       : node(*found).epoch != epoch ? "it registered again since"
                                                     : nullptr;
  if (reason == nullptr) return *found;
  return dfs::Exception(dfs::java::kUnregisteredNode,
                        "Datanode " + std::string(uuid) + " must register first: " + reason + ".");
}

std::vector<StorageIndex> DatanodeTable::Heartbeat(NodeIndex index, const HeartbeatReport& report, MonoMs now) {
  NodeRecord& record = node(index);
  record.last_heartbeat_ms = now;
  record.xceivers = report.xceivers;
  record.transfers = report.transfers;
  record.failed_volumes = report.failed_volumes;
  if (report.storages.empty()) return {};
  std::vector<RegisteredStorage> told;
  for (const dfs::StorageReport& space : report.storages) {
    told.push_back({space.storage_uuid, space.type, space.failed});
  }
  std::vector<StorageIndex> dropped = SetStorages(index, told);
  for (const dfs::StorageReport& space : report.storages) {
    if (auto found = FindStorage(index, space.storage_uuid)) storage(*found).space = space;
  }
  return dropped;
}

std::vector<NodeIndex> DatanodeTable::Expire(MonoMs now) {
  std::vector<NodeIndex> died;
  for (NodeIndex index : live_nodes_) {
    if (now - node(index).last_heartbeat_ms > options_.dead_interval_ms()) died.push_back(index);
  }
  for (NodeIndex index : died) SetAlive(index, false);
  if (now - promises_since_ms_ > kPromisePeriodMs) {
    for (StorageRecord& volume : storages_) volume.promised_before = std::exchange(volume.promised_now, {});
    promises_since_ms_ = now;
  }
  return died;
}

void DatanodeTable::MarkDead(NodeIndex index) { SetAlive(index, false); }

void DatanodeTable::SetAlive(NodeIndex index, bool alive) {
  node(index).alive = alive;
  Recount();
}

void DatanodeTable::Recount() {
  live_nodes_.clear();
  racks_.clear();
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const NodeRecord& record = nodes_[i];
    if (!record.alive) continue;
    live_nodes_.push_back({i});
    if (record.in_service()) racks_.insert(record.rack);
  }
}

bool DatanodeTable::ApplyHosts(NodeIndex index, MonoMs now) {
  NodeRecord& record = node(index);
  const AdminState before = record.admin;
  if (const auto* entry = hosts_.InMaintenance(record.id, WallMs(now))) {
    record.maintenance_until_ms = entry->until_wall_ms;
    if (!record.in_maintenance()) record.admin = AdminState::kEnteringMaintenance;
  } else if (hosts_.Excludes(record.id)) {
    // There is nothing to wait for on a dead node.
    if (!record.leaving()) {
      record.admin = record.alive ? AdminState::kDecommissionInProgress : AdminState::kDecommissioned;
    }
  } else {
    record.admin = AdminState::kNormal;
  }
  if (record.admin != before) Recount();
  return record.admin != before;
}

std::vector<NodeIndex> DatanodeTable::SetHosts(HostLists lists, MonoMs now) {
  hosts_ = std::move(lists);
  std::vector<NodeIndex> changed;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].replaced) continue;
    bool different = ApplyHosts({i}, now);
    if (nodes_[i].alive && !hosts_.Admits(nodes_[i].id)) {
      SetAlive({i}, false);
      different = true;
    }
    if (different) changed.push_back({i});
  }
  return changed;
}

std::vector<NodeIndex> DatanodeTable::ExpireMaintenance(MonoMs now) {
  std::vector<NodeIndex> ended;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].replaced || !nodes_[i].in_maintenance()) continue;
    if (hosts_.InMaintenance(nodes_[i].id, WallMs(now)) == nullptr && ApplyHosts({i}, now)) ended.push_back({i});
  }
  return ended;
}

void DatanodeTable::SetAdminState(NodeIndex index, AdminState state) {
  node(index).admin = state;
  Recount();
}

void DatanodeTable::SetRack(NodeIndex index, std::string rack) {
  node(index).rack = rack.empty() ? dfs::kDefaultRack : std::move(rack);
  Recount();
}

std::optional<NodeIndex> DatanodeTable::FindUuid(std::string_view uuid) const {
  auto at = by_uuid_.find(std::string(uuid));
  return at == by_uuid_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<NodeIndex> DatanodeTable::FindAddress(std::string_view address) const {
  if (auto at = by_address_.find(std::string(address)); at != by_address_.end()) return at->second;
  const HostEntry entry = ParseHostEntry(address);
  for (std::uint32_t i = 0; entry.xfer_port != 0 && i < nodes_.size(); ++i) {
    if (!nodes_[i].replaced && entry.Matches(nodes_[i].id)) return NodeIndex{i};
  }
  return std::nullopt;
}

std::optional<StorageIndex> DatanodeTable::FindStorage(NodeIndex owner, std::string_view uuid) const {
  for (StorageIndex index : node(owner).all_storages) {
    if (storage(index).uuid == uuid) return index;
  }
  return std::nullopt;
}

void DatanodeTable::Index(NodeIndex index) {
  const dfs::DatanodeId& id = node(index).id;
  by_address_[id.XferAddress()] = index;
  for (const std::string& host : {Lower(id.ip), Lower(id.host)}) {
    std::vector<NodeIndex>& there = by_host_[host];
    const auto at = std::lower_bound(there.begin(), there.end(), index);
    if (at == there.end() || *at != index) there.insert(at, index);
  }
}

void DatanodeTable::Unindex(NodeIndex index) {
  const dfs::DatanodeId& id = node(index).id;
  by_address_.erase(id.XferAddress());
  for (const std::string& host : {Lower(id.ip), Lower(id.host)}) {
    auto at = by_host_.find(host);
    if (at == by_host_.end()) continue;
    std::erase(at->second, index);
    if (at->second.empty()) by_host_.erase(at);
  }
}

const std::vector<NodeIndex>& DatanodeTable::OnHost(std::string_view ip_or_host) const {
  static const std::vector<NodeIndex> kNone;
  if (ip_or_host.empty()) return kNone;
  auto at = by_host_.find(Lower(ip_or_host));
  return at == by_host_.end() ? kNone : at->second;
}

bool DatanodeTable::IsStale(NodeIndex index, MonoMs now) const {
  return now - node(index).last_heartbeat_ms >= options_.stale_interval_ms;
}

double DatanodeTable::AverageXceivers() const {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  for (NodeIndex index : live_nodes_) {
    if (!node(index).in_service()) continue;
    sum += node(index).xceivers;
    ++count;
  }
  return count == 0 ? 0.0 : static_cast<double>(sum) / static_cast<double>(count);
}

void DatanodeTable::Promise(StorageIndex index, std::uint64_t bytes) {
  ++storage(index).promised_now.count;
  storage(index).promised_now.bytes += bytes;
}

void DatanodeTable::Fulfil(StorageIndex index) {
  StorageRecord& volume = storage(index);
  StorageRecord::Promises& oldest = volume.promised_before.count > 0 ? volume.promised_before : volume.promised_now;
  if (oldest.count == 0) return;
  oldest.bytes -= oldest.bytes / oldest.count;
  --oldest.count;
}

std::uint64_t DatanodeTable::Available(StorageIndex index) const {
  const StorageRecord& volume = storage(index);
  const std::uint64_t promised = volume.promised_now.bytes + volume.promised_before.bytes;
  return volume.space.remaining > promised ? volume.space.remaining - promised : 0;
}

dfs::DatanodeInfo DatanodeTable::Info(NodeIndex index) const {
  const NodeRecord& record = node(index);
  dfs::DatanodeInfo info;
  info.id = record.id;
  std::size_t replicas = 0;
  for (StorageIndex volume_index : record.storages) {
    const StorageRecord& volume = storage(volume_index);
    if (!volume.usable()) continue;
    info.capacity += volume.space.capacity;
    info.dfs_used += volume.space.dfs_used;
    info.non_dfs_used += volume.space.non_dfs_used;
    info.remaining += volume.space.remaining;
    info.block_pool_used += volume.space.block_pool_used;
    replicas += volume.blocks.size();
  }
  info.blocks = static_cast<std::uint32_t>(replicas);
  info.last_update_ms = WallMs(record.last_heartbeat_ms);
  info.last_block_report_ms = record.last_report_ms < 0 ? 0 : WallMs(record.last_report_ms);
  info.xceiver_count = record.xceivers;
  info.location = record.rack;
  info.admin_state = record.admin;
  return info;
}

dfs::ReplicaLocation DatanodeTable::Location(ReplicaTarget replica) const {
  const StorageRecord& volume = storage(replica.storage);
  return {Info(replica.node), volume.uuid, volume.type};
}

std::vector<NodeIndex> DatanodeTable::Listed(dfs::DatanodeReportType type) const {
  using Type = dfs::DatanodeReportType;
  std::vector<NodeIndex> listed;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const NodeRecord& record = nodes_[i];
    if (record.replaced) continue;
    const bool wanted = type == Type::kAll || (type == Type::kLive && record.alive) ||
                        (type == Type::kDead && !record.alive) ||
                        (type == Type::kDecommissioning && record.alive &&
                         record.admin == AdminState::kDecommissionInProgress) ||
                        (type == Type::kEnteringMaintenance && record.alive &&
                         record.admin == AdminState::kEnteringMaintenance) ||
                        (type == Type::kInMaintenance && record.admin == AdminState::kInMaintenance);
    if (wanted) listed.push_back({i});
  }
  return listed;
}

dfs::FsStats DatanodeTable::Space() const {
  dfs::FsStats stats;
  for (NodeIndex index : live_nodes_) {
    for (StorageIndex volume_index : node(index).storages) {
      const StorageRecord& volume = storage(volume_index);
      if (!volume.usable()) continue;
      // What has left or is leaving offers no room, but its data counts.
      const bool offers = node(index).in_service();
      stats.capacity += offers ? volume.space.capacity : volume.space.dfs_used;
      stats.used += volume.space.dfs_used;
      stats.remaining += offers ? volume.space.remaining : 0;
    }
  }
  return stats;
}

}  // namespace mrd::namenode
