#include "namenode/blocks/replica_intake.h"

#include <algorithm>
#include <string>

#include "dfs/errors.h"

namespace mrd::namenode {

using dfs::ReplicaState;

Status ReplicaIntake::TakePart(NodeIndex node, const BlockReportPart& part, std::vector<dfs::BlockId>* satisfied) {
  const auto storage = t_.nodes.FindStorage(node, part.storage_uuid);
  if (!storage || t_.nodes.storage(*storage).gone) {
    return InvalidArgument("block report of unknown storage " + part.storage_uuid + " of datanode " +
                           t_.nodes.node(node).id.XferAddress() + "; name it in a registration or heartbeat first");
  }
  StorageRecord& volume = t_.nodes.storage(*storage);
  if (volume.failed) return Status::Ok();
  Age(*storage);
  MRD_ASSIGN_OR_RETURN(ReportAssembly::Report* const report,
                       reports_.Take(*storage, t_.nodes.node(node).epoch, part, t_.now));
  if (report == nullptr) return Status::Ok();
  const bool first = report->missing + 1 == report->parts.size();
  if (first) {
    for (const SlotSet* young : {&volume.young_now, &volume.young_before}) {
      for (Slot slot = young->Next(0); slot != SlotSet::kNone; slot = young->Next(slot + 1)) report->seen.Insert(slot);
    }
  }
  for (const dfs::ReportedReplica& replica : part.replicas) {
    const Slot slot = t_.map.Find(replica.block.id);
    if (slot == kNoSlot) {
      TakeUnknown(*storage, replica, report);
      continue;
    }
    if (WentLately(*storage, slot)) continue;
    report->seen.Insert(slot);
    if (Take(*storage, replica, false, {})) satisfied->push_back(replica.block.id);
  }
  if (report->missing == 0) FinishReport(node, *storage);
  return Status::Ok();
}

void ReplicaIntake::FinishReport(NodeIndex node, StorageIndex storage) {
  StorageRecord& volume = t_.nodes.storage(storage);
  const SlotSet& seen = reports_.Current(storage)->seen;
  for (Slot slot = volume.blocks.Next(0); slot != SlotSet::kNone; slot = volume.blocks.Next(slot + 1)) {
    if (!seen.Contains(slot)) Lost(slot, storage);
  }
  reports_.Finish(storage);
  volume.reported = true;
  t_.nodes.node(node).last_report_ms = t_.now;
}

Status ReplicaIntake::TakeEvent(NodeIndex node, const BlockEvent& event, std::vector<dfs::BlockId>* satisfied) {
  const auto storage = t_.nodes.FindStorage(node, event.storage_uuid);
  if (!storage || t_.nodes.storage(*storage).gone) {
    return InvalidArgument("block event of unknown storage " + event.storage_uuid + " of datanode " +
                           t_.nodes.node(node).id.XferAddress() + "; name it in a registration or heartbeat first");
  }
  if (t_.nodes.storage(*storage).failed) return Status::Ok();
  if (event.kind == BlockEvent::Kind::kDeleted) {
    TakeDeleted(*storage, event.block);
    return Status::Ok();
  }
  const bool received = event.kind == BlockEvent::Kind::kReceived;
  const dfs::ReportedReplica replica{event.block, received ? ReplicaState::kFinalized : ReplicaState::kRbw};
  const Slot slot = t_.map.Find(event.block.id);
  if (slot == kNoSlot) {
    TakeUnknown(*storage, replica, nullptr);
    return Status::Ok();
  }
  NodeIndex hint;
  if (!event.delete_hint.empty()) hint = t_.nodes.FindUuid(event.delete_hint).value_or(NodeIndex{});
  if (received) t_.invalidations.ForgetSent(node, event.block.id);
  NoteYoung(*storage, slot);
  if (Take(*storage, replica, true, hint)) satisfied->push_back(event.block.id);
  return Status::Ok();
}

bool ReplicaIntake::Take(StorageIndex storage, const dfs::ReportedReplica& replica, bool by_event, NodeIndex hint) {
  // A copy between datanodes on its way: it is reported when it is there.
  if (replica.state == ReplicaState::kTemporary) return false;
  const Slot slot = t_.map.Find(replica.block.id);
  if (!t_.map.complete(slot)) return TakeOpen(slot, storage, replica);
  TakeComplete(slot, storage, replica, by_event, hint);
  return false;
}

bool ReplicaIntake::TakeOpen(Slot slot, StorageIndex storage, const dfs::ReportedReplica& replica) {
  OpenBlock& open = *t_.map.open(slot);
  const ReplicaTarget where = t_.At(storage);
  OpenReplica* known = open.Find(storage);
  if (known == nullptr) {
    // The node may have put it on another volume than proposed.
    for (OpenReplica& other : open.replicas) {
      if (other.where.node == where.node && !other.reported) known = &other;
    }
  }
  if (known == nullptr) known = &open.replicas.emplace_back();
  if (!known->reported) t_.nodes.Fulfil(known->where.storage.valid() ? known->where.storage : storage);
  known->where = where;
  known->reported = true;
  known->state = replica.state;
  known->stamp = replica.block.stamp;
  known->length = replica.block.length;
  t_.corrupt.Remove(slot, storage);
  t_.nodes.storage(storage).blocks.Insert(slot);
  return t_.map.state(slot) == BlockState::kCommitted && FinishedReplicas(slot) >= t_.options.min_replication;
}

void ReplicaIntake::TakeComplete(Slot slot,
                                 StorageIndex storage,
                                 const dfs::ReportedReplica& replica,
                                 bool by_event,
                                 NodeIndex hint) {
  const dfs::GenerationStamp stamp = replica.block.stamp;
  const std::uint64_t length = replica.block.length;
  const bool finalized = replica.state == ReplicaState::kFinalized;
  if (stamp < t_.map.stamp(slot)) return MarkCorrupt(slot, storage, CorruptReason::kOldStamp, stamp, length);
  if (stamp > t_.map.stamp(slot)) {
    // Still written: the report is ahead of the client or of the recovery; what becomes of it will be told.
    if (!finalized && replica.state != ReplicaState::kRwr) return;
    return MarkCorrupt(slot, storage, CorruptReason::kNewerStamp, stamp, length);
  }
  if (!finalized) {
    // Written to the end but the datanode was not done when it reported, or under recovery: the event follows.
    if (replica.state != ReplicaState::kRwr) return;
    return MarkCorrupt(slot, storage, CorruptReason::kUnfinished, stamp, length);
  }
  if (length != t_.map.length(slot)) return MarkCorrupt(slot, storage, CorruptReason::kWrongLength, stamp, length);
  const CorruptReplica* corrupt = t_.corrupt.Find(slot, storage);
  // Its own datanode found it bad: only a new copy, which comes with an event, makes up for that.
  if (corrupt != nullptr && corrupt->reason == CorruptReason::kBadChecksum && !by_event) return;
  AddGood(slot, storage, by_event, hint);
}

void ReplicaIntake::AddGood(Slot slot, StorageIndex storage, bool by_event, NodeIndex hint) {
  const NodeIndex node = t_.nodes.storage(storage).node;
  for (StorageIndex other : t_.nodes.node(node).storages) {
    // A node has one replica of a block; it moved between volumes.
    if (other != storage && t_.map.HasReplica(slot, other)) Lost(slot, other);
  }
  EndPending(slot, node);
  t_.corrupt.Remove(slot, storage);
  t_.nodes.storage(storage).blocks.Insert(slot);
  const bool added = t_.map.AddReplica(slot, storage);
  if (added) t_.last_seen.erase(slot);
  // It was told to delete this very replica and may do so any moment, even if it was away meanwhile.
  if (added && !by_event && t_.invalidations.WasSent(node, t_.map.id(slot), t_.map.stamp(slot))) {
    t_.excess.Add(slot, storage, t_.now);
    t_.invalidations.Add(node, t_.map.block(slot));
  }
  redundancy_.Update(slot, hint);
}

void ReplicaIntake::EndPending(Slot slot, NodeIndex node) {
  for (StorageIndex target : std::vector(t_.pending.Of(slot))) {
    if (t_.nodes.storage(target).node != node) continue;
    t_.pending.Remove(slot, target);
    t_.nodes.Fulfil(target);
  }
}

void ReplicaIntake::MarkCorrupt(Slot slot,
                                StorageIndex storage,
                                CorruptReason reason,
                                dfs::GenerationStamp stamp,
                                std::uint64_t length) {
  EndPending(slot, t_.nodes.storage(storage).node);
  t_.excess.Remove(slot, storage);
  t_.map.RemoveReplica(slot, storage);
  t_.nodes.storage(storage).blocks.Insert(slot);
  t_.corrupt.Add(slot, {t_.At(storage), reason, stamp, length});
  redundancy_.Update(slot);
}

void ReplicaIntake::TakeUnknown(StorageIndex storage,
                                const dfs::ReportedReplica& replica,
                                ReportAssembly::Report* report) {
  const dfs::Block& block = replica.block;
  if (replica.state == ReplicaState::kTemporary) return;
  if (block.id > t_.last_id || block.stamp > t_.last_stamp) {
    if (report != nullptr) ++report->future;
    return;
  }
  const NodeIndex node = t_.nodes.storage(storage).node;
  if (t_.removed.Contains(block.id)) {
    t_.invalidations.Add(node, block);
    return;
  }
  if (reports_.ConfirmUnknown(storage, block, t_.nodes.node(node).epoch, report)) {
    t_.invalidations.Add(node, block);
    return;
  }
  NodeOrders& orders = t_.OrdersOf(node);
  if (orders.want_report_at_ms < 0) orders.want_report_at_ms = t_.now + t_.options.confirm_unknown_after_ms;
}

void ReplicaIntake::TakeDeleted(StorageIndex storage, const dfs::Block& block) {
  reports_.ForgetUnknown(storage, block.id);
  t_.invalidations.ForgetSent(t_.nodes.storage(storage).node, block.id);
  const Slot slot = t_.map.Find(block.id);
  if (slot == kNoSlot) return;
  // An older incarnation of a replica went; the present one stays.
  if (block.stamp.value != 0 && block.stamp < t_.map.stamp(slot) && t_.map.HasReplica(slot, storage)) return;
  NoteGone(storage, slot);
  Lost(slot, storage);
}

void ReplicaIntake::Lost(Slot slot, StorageIndex storage) {
  t_.nodes.storage(storage).blocks.Erase(slot);
  t_.corrupt.Remove(slot, storage);
  t_.excess.Remove(slot, storage);
  if (OpenBlock* open = t_.map.open(slot)) {
    std::erase_if(open->replicas, [&](const OpenReplica& r) { return r.where.storage == storage && !r.expected; });
    if (OpenReplica* expected = open->Find(storage)) expected->reported = false;
    return;
  }
  const NodeIndex node = t_.nodes.storage(storage).node;
  if (t_.map.RemoveReplica(slot, storage) && t_.map.ReplicaCount(slot) == 0) t_.last_seen[slot] = node;
  redundancy_.Update(slot);
}

void ReplicaIntake::Away(Slot slot, StorageIndex storage) {
  OpenBlock* const open = t_.map.open(slot);
  OpenReplica* const replica = open == nullptr ? nullptr : open->Find(storage);
  if (replica == nullptr) return Lost(slot, storage);
  t_.nodes.storage(storage).blocks.Erase(slot);
  replica->reported = false;
}

std::size_t ReplicaIntake::FinishedReplicas(Slot slot) const {
  const OpenBlock* open = t_.map.open(slot);
  if (open == nullptr) return t_.map.ReplicaCount(slot);
  auto finished = [&](const OpenReplica& r) {
    return r.reported && r.state == ReplicaState::kFinalized && r.stamp == t_.map.stamp(slot) &&
           r.length == t_.map.length(slot) && t_.nodes.node(r.where.node).alive &&
           t_.nodes.storage(r.where.storage).usable();
  };
  return static_cast<std::size_t>(std::count_if(open->replicas.begin(), open->replicas.end(), finished));
}

void ReplicaIntake::Close(Slot slot) {
  const std::vector<OpenReplica> replicas = std::move(t_.map.open(slot)->replicas);
  t_.map.DropOpen(slot);
  t_.map.set_state(slot, BlockState::kComplete);
  ++t_.complete_blocks;
  // The pipeline's other members first: what they still owe must not look like missing replicas.
  for (const OpenReplica& replica : replicas) {
    const bool done = replica.reported && replica.state == ReplicaState::kFinalized;
    const bool stale = replica.reported && replica.stamp < t_.map.stamp(slot);
    if (done || stale) continue;
    if (replica.reported) t_.nodes.storage(replica.where.storage).blocks.Erase(slot);
    if (replica.expected && t_.nodes.node(replica.where.node).alive) {
      t_.pending.Add(slot, replica.where.storage, t_.now);
    } else if (replica.expected) {
      t_.nodes.Fulfil(replica.where.storage);
    }
  }
  for (const OpenReplica& replica : replicas) {
    if (!replica.reported) continue;
    const dfs::Block block{t_.map.id(slot), replica.stamp, replica.length};
    TakeComplete(slot, replica.where.storage, {block, replica.state}, true, {});
  }
  redundancy_.Update(slot);
}

void ReplicaIntake::Open(Slot slot) {
  OpenBlock open;
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    const StorageIndex storage = t_.map.Replica(slot, i);
    const NodeRecord& node = t_.NodeOf(storage);
    OpenReplica replica;
    replica.where = t_.At(storage);
    // Those on their way out take no part in the writing; they become stale with the next stamp.
    replica.expected = node.alive && !t_.excess.Contains(slot, storage) &&
                       !t_.invalidations.WasSent(replica.where.node, t_.map.id(slot), t_.map.stamp(slot));
    replica.reported = true;
    replica.state = ReplicaState::kFinalized;
    replica.stamp = t_.map.stamp(slot);
    replica.length = t_.map.length(slot);
    open.replicas.push_back(replica);
  }
  redundancy_.Forget(slot);
  t_.map.ClearReplicas(slot);
  t_.map.set_state(slot, BlockState::kUnderConstruction);
  t_.map.MakeOpen(slot) = std::move(open);
}

void ReplicaIntake::Purge(Slot slot) {
  const dfs::Block block = t_.map.block(slot);
  auto purge = [&](StorageIndex storage, dfs::GenerationStamp stamp, std::uint64_t length) {
    StorageRecord& volume = t_.nodes.storage(storage);
    volume.blocks.Erase(slot);
    for (SlotSet* set : {&volume.young_now, &volume.young_before, &volume.gone_now, &volume.gone_before}) {
      set->Erase(slot);
    }
    if (t_.nodes.node(volume.node).alive && volume.usable()) {
      t_.invalidations.Add(volume.node, {block.id, stamp, length});
    }
  };
  redundancy_.Forget(slot);
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    purge(t_.map.Replica(slot, i), block.stamp, block.length);
  }
  for (const CorruptReplica& replica : t_.corrupt.Of(slot)) purge(replica.where.storage, replica.stamp, replica.length);
  t_.corrupt.RemoveAll(slot);
  if (const OpenBlock* open = t_.map.open(slot)) {
    for (const OpenReplica& replica : open->replicas) {
      const dfs::GenerationStamp stamp = replica.reported ? replica.stamp : block.stamp;
      purge(replica.where.storage, stamp, replica.length);
      if (!replica.reported) t_.nodes.Fulfil(replica.where.storage);
    }
  }
  reports_.ForgetSlot(slot);
}

void ReplicaIntake::DropReports(NodeIndex node) {
  for (StorageIndex storage : t_.nodes.node(node).all_storages) reports_.Drop(storage);
}

void ReplicaIntake::Age(StorageIndex storage) {
  // A report under way may last longer than the marks do.
  if (reports_.Current(storage) != nullptr) return;
  StorageRecord& volume = t_.nodes.storage(storage);
  const MonoMs age = t_.now - volume.young_since_ms;
  if (age <= t_.options.report_grace_ms) return;
  const bool keep = age <= 2 * t_.options.report_grace_ms;
  volume.young_before = keep ? std::move(volume.young_now) : SlotSet();
  volume.gone_before = keep ? std::move(volume.gone_now) : SlotSet();
  volume.young_now = SlotSet();
  volume.gone_now = SlotSet();
  volume.young_since_ms = t_.now;
}

void ReplicaIntake::NoteYoung(StorageIndex storage, Slot slot) {
  StorageRecord& volume = t_.nodes.storage(storage);
  Age(storage);
  volume.young_now.Insert(slot);
  volume.gone_now.Erase(slot);
  volume.gone_before.Erase(slot);
  if (ReportAssembly::Report* report = reports_.Current(storage)) report->seen.Insert(slot);
}

void ReplicaIntake::NoteGone(StorageIndex storage, Slot slot) {
  StorageRecord& volume = t_.nodes.storage(storage);
  Age(storage);
  volume.gone_now.Insert(slot);
  volume.young_now.Erase(slot);
  volume.young_before.Erase(slot);
}

bool ReplicaIntake::WentLately(StorageIndex storage, Slot slot) const {
  const StorageRecord& volume = t_.nodes.storage(storage);
  return volume.gone_now.Contains(slot) || volume.gone_before.Contains(slot);
}

}  // namespace mrd::namenode
