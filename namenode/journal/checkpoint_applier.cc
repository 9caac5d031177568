#include "namenode/journal/checkpoint_applier.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mrd::namenode {
namespace {

constexpr std::size_t kReplayBytes = std::size_t{1} << 20;
constexpr std::size_t kMutationOverhead = 64;

std::size_t SizeOf(const Edit& edit) {
  std::size_t bytes = kMutationOverhead + edit.reply.size();
  for (const Mutation& mutation : edit.mutations)
    bytes += kMutationOverhead + mutation.key.size() + (mutation.value ? mutation.value->size() : 0);
  return bytes;
}

std::size_t SizeOf(std::span<const Edit> edits) {
  std::size_t bytes = 0;
  for (const Edit& edit : edits) bytes += SizeOf(edit);
  return bytes;
}

}  // namespace

Status ReplayInto(Checkpoint& checkpoint, const EditJournal& journal, TxId from) {
  std::vector<Edit> edits;
  std::size_t bytes = 0;
  MRD_RETURN_IF_ERROR(journal.Replay(from, [&](Edit edit) {
    bytes += SizeOf(edit);
    edits.push_back(std::move(edit));
    if (bytes < kReplayBytes) return Status::Ok();
    Status applied = checkpoint.Apply(edits);
    edits.clear();
    bytes = 0;
    return applied;
  }));
  return checkpoint.Apply(edits);
}

CheckpointApplier::CheckpointApplier(EditJournal& journal,
                                     std::vector<CheckpointSlot> slots,
                                     Reopen reopen,
                                     Logger log,
                                     ApplierOptions options)
    : journal_(journal), reopen_(std::move(reopen)), log_(std::move(log)), options_(options), slots_(std::move(slots)) {
  Publish();
  thread_ = std::thread([this] { Run(); });
}

CheckpointApplier::~CheckpointApplier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    giving_up_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void CheckpointApplier::Enqueue(std::vector<Edit> edits) {
  const std::size_t bytes = SizeOf(edits);
  const std::lock_guard lock(mutex_);
  // Whoever finds a gap before the next edits fills it from the journal.
  if (queue_bytes_ + bytes > options_.queue_bytes_max && !queue_.empty()) return;
  queue_bytes_ += bytes;
  queue_.insert(queue_.end(), std::make_move_iterator(edits.begin()), std::make_move_iterator(edits.end()));
  changed_.notify_all();
}

Status CheckpointApplier::Sync() {
  const TxId target = journal_.durable();
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++syncs_wanted_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return syncs_done_ >= mine || stopping_; });
  Status why = Unavailable("the checkpoint is being closed");
  for (const CheckpointStatus& checkpoint : published_) {
    if (checkpoint.synced >= target) return Status::Ok();
    if (!checkpoint.status.ok()) why = checkpoint.status;
  }
  return why;
}

Status CheckpointApplier::Close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  Status why;
  for (const CheckpointStatus& checkpoint : published_) {
    if (checkpoint.synced >= journal_.durable()) return Status::Ok();
    if (!checkpoint.status.ok()) why = checkpoint.status;
  }
  return why;
}

std::vector<CheckpointStatus> CheckpointApplier::status() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void CheckpointApplier::Run() {
  std::unique_lock lock(mutex_);
  bool stop = false;
  while (!stop) {
    const auto wanted = [&] { return !queue_.empty() || syncs_wanted_ > syncs_done_ || stopping_; };
    if (!changed_.wait_for(lock, options_.retry, wanted)) {
      lock.unlock();
      ReopenFailed();
      lock.lock();
      continue;
    }
    if (giving_up_) break;
    stop = stopping_;
    const std::vector<Edit> edits = std::exchange(queue_, {});
    queue_bytes_ = 0;
    const std::uint64_t syncs = syncs_wanted_;
    const bool sync = stop || syncs > syncs_done_;
    lock.unlock();
    if (sync) ReopenFailed();
    ApplyToAll(edits);
    unsynced_bytes_ += SizeOf(edits);
    if (sync || unsynced_bytes_ >= options_.sync_bytes) SyncAll();
    Publish();
    lock.lock();
    syncs_done_ = std::max(syncs_done_, syncs);
    changed_.notify_all();
  }
  lock.unlock();
  for (CheckpointSlot& slot : slots_) slot.checkpoint.reset();
}

void CheckpointApplier::ApplyToAll(std::span<const Edit> edits) {
  for (CheckpointSlot& slot : slots_) {
    if (slot.checkpoint == nullptr) continue;
    if (Status applied = ApplyTo(slot, edits); !applied.ok()) Drop(slot, std::move(applied));
  }
}

Status CheckpointApplier::ApplyTo(CheckpointSlot& slot, std::span<const Edit> edits) {
  Checkpoint& checkpoint = *slot.checkpoint;
  while (!edits.empty() && edits.front().id <= checkpoint.applied()) edits = edits.subspan(1);
  if (edits.empty()) return Status::Ok();
  // Some did not fit into the queue, before these or between them.
  if (edits.front().id.value != checkpoint.applied().value + 1 ||
      edits.back().id.value - edits.front().id.value + 1 != edits.size()) {
    return ReplayInto(checkpoint, journal_, {checkpoint.applied().value + 1});
  }
  return checkpoint.Apply(edits);
}

void CheckpointApplier::SyncAll() {
  for (CheckpointSlot& slot : slots_) {
    if (slot.checkpoint == nullptr) continue;
    Status synced;
    // What the queue had no room for at its end.
    if (slot.checkpoint->applied() < journal_.durable())
      synced = ReplayInto(*slot.checkpoint, journal_, {slot.checkpoint->applied().value + 1});
    if (synced.ok()) synced = slot.checkpoint->Sync();
    if (!synced.ok()) Drop(slot, std::move(synced));
  }
  unsynced_bytes_ = 0;
  // One that does not work is made again from one that does at the next start, so it does not hold the journal back.
  TxId purge;
  for (const CheckpointSlot& slot : slots_) {
    if (slot.checkpoint == nullptr) continue;
    if (purge.value == 0 || slot.checkpoint->synced() < purge) purge = slot.checkpoint->synced();
  }
  if (purge.value > 0) journal_.Purge(purge);
}

void CheckpointApplier::ReopenFailed() {
  for (CheckpointSlot& slot : slots_) {
    if (slot.checkpoint != nullptr) continue;
    Result<std::unique_ptr<Checkpoint>> opened = reopen_(slot.path);
    Status status = opened.status();
    if (status.ok()) status = ReplayInto(**opened, journal_, {(*opened)->synced().value + 1});
    if (!status.ok()) {
      slot.status = std::move(status);
      continue;
    }
    log_.Info("checkpoint works again: " + slot.path);
    slot.checkpoint = *std::move(opened);
    slot.status = Status::Ok();
  }
  Publish();
}

void CheckpointApplier::Drop(CheckpointSlot& slot, Status why) {
  log_.Error("checkpoint out of use: " + why.message());
  slot.checkpoint.reset();
  slot.status = std::move(why);
}

void CheckpointApplier::Publish() {
  std::vector<CheckpointStatus> out;
  for (const CheckpointSlot& slot : slots_) {
    CheckpointStatus status{slot.path, slot.status, {}, {}};
    if (slot.checkpoint != nullptr) {
      status.applied = slot.checkpoint->applied();
      status.synced = slot.checkpoint->synced();
    }
    out.push_back(std::move(status));
  }
  const std::lock_guard lock(mutex_);
  published_ = std::move(out);
}

}  // namespace mrd::namenode
