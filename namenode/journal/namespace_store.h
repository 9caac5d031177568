#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/journal/checkpoint_applier.h"
#include "namenode/journal/edit_journal.h"

namespace mrd::namenode {

struct StoreOptions {
  std::vector<std::string> directories;  // of dfs.namenode.name.dir
  // Its directories, namespace_id and on_durable are filled in by the store.
  JournalOptions journal;
  ApplierOptions applier;
};

struct StoreStatus {
  JournalStatus journal;
  std::vector<CheckpointStatus> checkpoints;
};

// The durable side of one namenode: storage directories, journal and checkpoints, in the order that makes a start safe.
//
// Start: lock and read every directory, take the furthest checkpoint, recover the journal, bring the rest of it into
// the checkpoints, and make checkpoints again that are missing, damaged or too old. Afterwards Load() gives the state
// as of journal().durable(): it needs no replay of edits.
// Failure: a directory that cannot be read is left out as long as another one can. What would lose or mix acknowledged
// edits is refused, with what to do.
class NamespaceStore {
 public:
  // References must outlive it. kUnavailable when another namenode runs on one of the directories, kNotFound when none
  // is formatted.
  static Result<std::unique_ptr<NamespaceStore>> Open(Env& env, Clock& clock, Logger log, StoreOptions options);
  ~NamespaceStore();  // without Close(), as in a crash: what was acknowledged stays

  const dfs::NamespaceInfo& info() const { return info_; }

  // Calls `row` for every key and value. Before the first Append().
  Status Load(const Checkpoint::Row& row);

  EditJournal& journal() { return *journal_; }

  // Makes the next start quick: everything durable is in a synced checkpoint when it returns. Blocks.
  Status SaveCheckpoint() { return applier_->Sync(); }

  StoreStatus status() const;

  // Journal, then checkpoints, then locks. The first error, though all of it is done.
  Status Close();

 private:
  NamespaceStore(Env& env, Clock& clock, Logger log, StoreOptions options)
      : env_(env), clock_(clock), log_(std::move(log)), options_(std::move(options)) {}

  Status Start();
  Status OpenDirectories();
  Status OpenCheckpoints();
  Status OpenJournal();
  Status CheckNotLost();
  Status FillCheckpoints();
  void MarkDirectories();
  Status Rebuild(CheckpointSlot& slot, Checkpoint& from);
  CheckpointSlot* Best();

  Env& env_;
  Clock& clock_;
  const Logger log_;
  StoreOptions options_;
  dfs::NamespaceInfo info_;
  std::vector<std::unique_ptr<mrd::File>> locks_;
  std::vector<std::string> usable_;    // directories that could be read, at least one
  std::vector<CheckpointSlot> slots_;  // the applier's, once it is there
  std::unique_ptr<EditJournal> journal_;
  std::unique_ptr<CheckpointApplier> applier_;
  Checkpoint* loaded_ = nullptr;  // the best checkpoint
};

}  // namespace mrd::namenode
