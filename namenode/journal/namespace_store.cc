#include "namenode/journal/namespace_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "namenode/journal/journal_format.h"
#include "namenode/journal/storage_directory.h"

namespace mrd::namenode {
namespace {

std::string Number(TxId id) { return std::to_string(id.value); }

std::string CheckpointPath(const std::string& directory) { return CurrentPath(directory) + "/checkpoint"; }

}  // namespace

Result<std::unique_ptr<NamespaceStore>> NamespaceStore::Open(Env& env, Clock& clock, Logger log, StoreOptions options) {
  std::unique_ptr<NamespaceStore> store(new NamespaceStore(env, clock, std::move(log), std::move(options)));
  MRD_RETURN_IF_ERROR(store->Start());
  return store;
}

NamespaceStore::~NamespaceStore() {
  // The journal's thread hands edits to the applier, whose thread reads the journal.
  if (journal_ != nullptr) journal_->GiveUp();
  applier_ = nullptr;
}

Status NamespaceStore::Start() {
  MRD_RETURN_IF_ERROR(OpenDirectories());
  MRD_RETURN_IF_ERROR(OpenCheckpoints());
  MRD_RETURN_IF_ERROR(CheckNotLost());
  MRD_RETURN_IF_ERROR(OpenJournal());
  MRD_RETURN_IF_ERROR(FillCheckpoints());
  MarkDirectories();
  loaded_ = Best()->checkpoint.get();
  const std::uint32_t namespace_id = info_.namespace_id;
  applier_ = std::make_unique<CheckpointApplier>(
      *journal_, std::move(slots_),
      [&env = env_, namespace_id, crash_points = options_.journal.crash_points](const std::string& path) {
        return Checkpoint::Open(env, path, namespace_id, *crash_points);
      },
      log_, options_.applier);
  return Status::Ok();
}

Status NamespaceStore::OpenDirectories() {
  std::vector<std::string> empty;
  Status first_problem;
  std::string known_by;
  const auto leave_out = [&](const std::string& directory, Status why) {
    log_.Error("storage directory out of use: " + directory + ": " + why.message());
    if (first_problem.ok()) first_problem = std::move(why);
  };
  for (const std::string& directory : options_.directories) {
    Result<std::unique_ptr<mrd::File>> lock = LockStorage(env_, directory);
    // Another namenode on one of them is reason enough to stop, whatever the others are like.
    if (lock.status().code() == Code::kUnavailable) return lock.status();
    if (!lock.ok()) {
      leave_out(directory, lock.status());
      continue;
    }
    const Result<dfs::NamespaceInfo> info = ReadVersion(env_, directory);
    if (info.status().code() == Code::kNotFound) {
      empty.push_back(directory);
      if (first_problem.ok()) first_problem = info.status();
    } else if (!info.ok()) {
      return info.status();
    } else if (known_by.empty()) {
      info_ = info.value();
      known_by = directory;
    } else if (info.value().namespace_id != info_.namespace_id || info.value().cluster_id != info_.cluster_id) {
      return FailedPrecondition("storage directories " + known_by + " and " + directory +
                                " belong to different file systems (clusters " + info_.cluster_id + " and " +
                                info.value().cluster_id + "); correct dfs.namenode.name.dir");
    }
    locks_.push_back(*std::move(lock));
    if (info.ok()) usable_.push_back(directory);
  }
  if (usable_.empty()) {
    if (first_problem.ok()) return InvalidArgument("no storage directory is configured (dfs.namenode.name.dir)");
    return first_problem;
  }
  for (const std::string& directory : empty) {
    if (Status joined = JoinStorage(env_, directory, info_); !joined.ok()) {
      leave_out(directory, std::move(joined));
      continue;
    }
    log_.Info("storage directory taken into use: " + directory);
    usable_.push_back(directory);
  }
  return Status::Ok();
}

Status NamespaceStore::OpenCheckpoints() {
  for (const std::string& directory : usable_) {
    CheckpointSlot slot;
    slot.path = CheckpointPath(directory);
    Result<std::unique_ptr<Checkpoint>> opened =
        Checkpoint::Open(env_, slot.path, info_.namespace_id, *options_.journal.crash_points);
    slot.status = opened.status();
    if (slot.status.code() == Code::kFailedPrecondition || slot.status.code() == Code::kUnavailable) return slot.status;
    if (opened.ok()) slot.checkpoint = *std::move(opened);
    slots_.push_back(std::move(slot));
  }
  return Status::Ok();
}

// An empty namespace would have the datanodes delete every block that they report.
Status NamespaceStore::CheckNotLost() {
  const CheckpointSlot* const best = Best();
  if (best != nullptr && best->checkpoint->synced().value > 0) return Status::Ok();
  std::string used;
  for (const std::string& directory : usable_) {
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> files, env_.ListDir(CurrentPath(directory)));
    const bool has_journal = std::any_of(files.begin(), files.end(),
                                         [](const FileInfo& file) { return file.name.starts_with(kSegmentPrefix); });
    if (has_journal) return Status::Ok();
    MRD_ASSIGN_OR_RETURN(const bool marked, IsMarkedUsed(env_, directory));
    if (marked) used = directory;
  }
  if (used.empty()) return Status::Ok();
  return Corruption("storage directory " + used + " held a file system, and neither its journal nor its checkpoint is there " +
                    "any more; bring back a copy of " + CurrentPath(used) +
                    ", or, if all files of the cluster may be given up, run `namenode -format -force`");
}

void NamespaceStore::MarkDirectories() {
  if (journal_->durable().value == 0) return;
  for (const std::string& directory : usable_) {
    const Status marked = MarkUsed(env_, directory);
    if (!marked.ok()) log_.Warn("not noted in VERSION of " + directory + " that it is in use: " + marked.message());
  }
}

CheckpointSlot* NamespaceStore::Best() {
  CheckpointSlot* best = nullptr;
  for (CheckpointSlot& slot : slots_) {
    if (slot.checkpoint == nullptr) continue;
    if (best == nullptr || slot.checkpoint->synced() > best->checkpoint->synced()) best = &slot;
  }
  return best;
}

Status NamespaceStore::OpenJournal() {
  JournalOptions options = options_.journal;
  options.directories.clear();
  for (const std::string& directory : usable_) options.directories.push_back(CurrentPath(directory));
  options.namespace_id = info_.namespace_id;
  options.on_durable = [this](std::vector<Edit> edits) { applier_->Enqueue(std::move(edits)); };
  CheckpointSlot* const best = Best();
  const TxId after = best != nullptr ? best->checkpoint->synced() : TxId{};
  const auto damaged =
      std::find_if(slots_.begin(), slots_.end(), [](const CheckpointSlot& slot) { return !slot.status.ok(); });
  Result<std::unique_ptr<EditJournal>> journal = EditJournal::Open(env_, clock_, log_, std::move(options), after);
  if (best == nullptr) {
    if (!journal.ok()) {
      return Status(damaged->status)
          .WithContext("no checkpoint can be read, and the journal does not replace it (" + journal.status().message() +
                       "); put a saved copy of the checkpoint and of its .synced file in its place");
    }
    return Status(damaged->status)
        .WithContext("no checkpoint can be read; the journal reaches back to edit 1, so take " + damaged->path +
                     " and its .synced file away and start again: it is made anew");
  }
  if (!journal.ok()) {
    // With a damaged checkpoint beside an empty one, the damage is the reason, not the journal.
    return damaged == slots_.end() ? journal.status()
                                   : journal.status().WithContext("after " + damaged->status.message());
  }
  journal_ = *std::move(journal);
  const TxId end = journal_->durable();
  for (const CheckpointSlot& slot : slots_) {
    if (slot.checkpoint == nullptr || slot.checkpoint->applied() <= end) continue;
    return FailedPrecondition("checkpoint " + slot.path + " has seen edit " + Number(slot.checkpoint->applied()) +
                              ", but the journal ends with edit " + Number(end) +
                              "; bring back the newest journal directory: going on would undo acknowledged edits");
  }
  return Status::Ok();
}

Status NamespaceStore::FillCheckpoints() {
  CheckpointSlot& best = *Best();
  MRD_RETURN_IF_ERROR(ReplayInto(*best.checkpoint, *journal_, {best.checkpoint->synced().value + 1}));
  for (CheckpointSlot& slot : slots_) {
    if (&slot == &best) continue;
    Status filled = FailedPrecondition("it is empty");
    if (slot.checkpoint != nullptr && (slot.checkpoint->synced().value > 0 || best.checkpoint->synced().value == 0))
      filled = ReplayInto(*slot.checkpoint, *journal_, {slot.checkpoint->synced().value + 1});
    if (!filled.ok()) {
      log_.Warn("checkpoint made again from " + best.path + ": " + slot.path + ": " +
                (slot.status.ok() ? filled : slot.status).message());
      filled = Rebuild(slot, *best.checkpoint);
    }
    slot.status = std::move(filled);
    if (!slot.status.ok()) {
      log_.Error("checkpoint out of use: " + slot.path + ": " + slot.status.message());
      slot.checkpoint.reset();
    }
  }
  return Status::Ok();
}

Status NamespaceStore::Rebuild(CheckpointSlot& slot, Checkpoint& from) {
  slot.checkpoint.reset();
  MRD_RETURN_IF_ERROR(Checkpoint::Remove(env_, slot.path));
  MRD_ASSIGN_OR_RETURN(slot.checkpoint, Checkpoint::Open(env_, slot.path, info_.namespace_id, *options_.journal.crash_points));
  return slot.checkpoint->CopyFrom(from);
}

Status NamespaceStore::Load(const Checkpoint::Row& row) { return loaded_->Scan(row); }

StoreStatus NamespaceStore::status() const { return {journal_->status(), applier_->status()}; }

Status NamespaceStore::Close() {
  MarkDirectories();
  Status journal = journal_->Close();
  Status checkpoints = applier_->Close();
  locks_.clear();
  return journal.ok() ? std::move(checkpoints) : std::move(journal);
}

}  // namespace mrd::namenode
