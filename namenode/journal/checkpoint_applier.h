#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "namenode/journal/checkpoint.h"
#include "namenode/journal/edit_journal.h"

namespace mrd::namenode {

struct ApplierOptions {
  std::uint64_t sync_bytes = std::uint64_t{16} << 20;   // of mutations between two syncs: bounds a start's replay
  std::size_t queue_bytes_max = std::size_t{32} << 20;  // more is read from the journal again, later
  std::chrono::milliseconds retry{5000};                // how often a checkpoint that failed is opened again
};

// A checkpoint of one storage directory and whether it works.
struct CheckpointSlot {
  std::string path;
  std::unique_ptr<Checkpoint> checkpoint;  // null while it does not work
  Status status;                           // then why
};

struct CheckpointStatus {
  std::string path;
  Status status;
  TxId applied;
  TxId synced;
};

// Brings durable edits into the checkpoints, on a thread of its own behind the journal's, and purges the journal behind
// them. Nobody waits for it: edits that it has no room for it reads from the journal when it gets to them.
//
// Failure: a checkpoint that fails is closed and tried again from time to time. As long as all of them fail the journal
// is not purged, so nothing is lost but room and the speed of the next start.
// Threads: any.
class CheckpointApplier {
 public:
  // Opens the checkpoint at `path` again after a failure.
  using Reopen = std::function<Result<std::unique_ptr<Checkpoint>>(const std::string& path)>;

  // The checkpoints that work hold all edits up to journal.durable(). `journal` must outlive it.
  CheckpointApplier(EditJournal& journal,
                    std::vector<CheckpointSlot> slots,
                    Reopen reopen,
                    Logger log,
                    ApplierOptions options);
  ~CheckpointApplier();  // without Close(), as in a crash

  // The next durable edits. Does not block.
  void Enqueue(std::vector<Edit> edits);

  // Returns when at least one checkpoint has synced everything that was durable at the call, and the journal is purged.
  Status Sync();

  // Applies what is queued, syncs, and closes the checkpoints. The journal is closed before.
  Status Close();

  std::vector<CheckpointStatus> status() const;

 private:
  void Run();
  void ApplyToAll(std::span<const Edit> edits);
  Status ApplyTo(CheckpointSlot& slot, std::span<const Edit> edits);
  void SyncAll();
  void ReopenFailed();
  void Drop(CheckpointSlot& slot, Status why);
  void Publish();

  EditJournal& journal_;
  const Reopen reopen_;
  const Logger log_;
  const ApplierOptions options_;

  // The thread's own.
  std::vector<CheckpointSlot> slots_;
  std::uint64_t unsynced_bytes_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::vector<Edit> queue_;
  std::size_t queue_bytes_ = 0;
  std::uint64_t syncs_wanted_ = 0;
  std::uint64_t syncs_done_ = 0;
  bool stopping_ = false;
  bool giving_up_ = false;
  std::vector<CheckpointStatus> published_;

  std::thread thread_;
};

// Applies the journal's edits from `from` to `checkpoint`, some at a time.
Status ReplayInto(Checkpoint& checkpoint, const EditJournal& journal, TxId from);

}  // namespace mrd::namenode
