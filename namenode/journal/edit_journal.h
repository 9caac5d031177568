#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "namenode/edits.h"
#include "namenode/journal/journal_directory.h"
#include "namenode/journal/journal_recovery.h"

namespace mrd::namenode {

struct JournalOptions {
  std::vector<std::string> directories;  // of which all but one may fail
  std::uint32_t namespace_id = 0;

  std::uint64_t segment_bytes = std::uint64_t{64} << 20;     // a new segment is begun beyond it
  std::uint64_t preallocate_bytes = std::uint64_t{8} << 20;  // how much is filled with zeros at a time
  std::size_t pending_bytes_max = std::size_t{64} << 20;     // appended but not durable; beyond it Writable() refuses
  std::size_t segments_kept = 2;                             // finished segments that Purge() spares, for people

  // While many wait, a flush waits so long for more of them. One writer alone never waits.
  std::chrono::microseconds group_wait{1000};
  // With less room than this in every directory the journal is read-only before the disk is full.
  std::uint64_t reserved_bytes = std::uint64_t{100} << 20;
  std::chrono::milliseconds full_retry{1000};      // how often it is tried whether there is room again
  std::chrono::milliseconds full_wait_max{10000};  // so long waiters wait for room

  // Receives the edits of each flush in order when they are durable, on the journal's thread. May be empty.
  std::function<void(std::vector<Edit> edits)> on_durable;

  CrashPoints* crash_points = &CrashPoints::None();  // of the daemon; outlives the journal
};

enum class JournalState {
  kWritable,
  kReadOnly,  // no room; goes on by itself when there is some
  kFailed,    // for good: the process has to be started again
};

struct JournalStatus {
  struct Directory {
    std::string path;
    Status status;  // why it is out of use, or OK
  };
  JournalState state = JournalState::kWritable;
  Status reason;  // of a state other than kWritable
  TxId appended;
  TxId durable;
  TxId first_segment;             // where the journal begins; 0 without segments
  TxId active_segment;            // 0 before the first edit of this run
  std::uint64_t edits_total = 0;  // made durable by this run, in so many flushes and bytes
  std::uint64_t flushes_total = 0;
  std::uint64_t bytes_total = 0;
  std::vector<Directory> directories;
};

// The sequence of edits that is the namespace. One process at a time has it open (StorageLock sees to that).
//
// Durability: when WhenDurable(id) has called back with OK, all edits up to `id` survive a crash of process and machine
// as long as one of the directories that were in use does. An edit whose callback got an error may or may not be there
// after a restart; while the process runs it stays appended.
// Failure: a directory whose write or flush fails is out of use until the next segment begins; the others go on. When
// the last ones have no room, the journal is read-only: it keeps the same bytes and writes them again at the same
// place until there is room, so nothing is lost or doubled while the process lives. Any other failure of the last
// directory is for good, since how much reached the disk is unknown.
// Threads: Append() from one thread; the rest from any. Writing and callbacks are on a thread of its own.
class EditJournal {
 public:
  // Recovers what is there (RecoverJournal says how) and starts the thread. `after` is the last edit that the
  // checkpoint has for sure: the journal must reach back to the next one. References must outlive it.
  static Result<std::unique_ptr<EditJournal>> Open(Env& env,
                                                   Clock& clock,
                                                   Logger log,
                                                   JournalOptions options,
                                                   TxId after);
  ~EditJournal();

  // OK, or why no edit should be made now: kResourceExhausted while read-only, kUnavailable when too much is pending,
  // kIo when failed. Asked before an operation changes anything, since Append() cannot refuse. Cheap.
  Status Writable() const;

  // Gives the edit its txid, previous + 1, and queues it. Memory only, never fails. After a failure the edit is
  // dropped and its waiters hear of it. REQUIRES: it encodes into at most kPayloadBytesMax bytes.
  TxId Append(Edit edit);

  // Calls `done` once: OK when all edits up to `id` are durable, else why they are not. On the journal's thread, or
  // before it returns when the answer is known. `done` must not block. REQUIRES: id was appended.
  void WhenDurable(TxId id, std::function<void(Status)> done);
  // The same, waiting.
  Status WaitDurable(TxId id);

  TxId durable() const;
  JournalStatus status() const;

  // Makes the next edit begin a new segment.
  void Roll();

  // Calls `replay` for the durable edits from `from` on, in order. kFailedPrecondition when the journal begins later.
  // Not at the same time as Purge().
  Status Replay(TxId from, const ReplayEdit& replay) const;

  // Removes finished segments that hold only edits up to `applied`, save the last segments_kept of them. What cannot be
  // removed is logged and left.
  void Purge(TxId applied);

  // Flushes what is pending, ends the segment and the thread. Waiters are called back before it returns. An error when
  // some edits did not become durable. Afterwards Append() and WhenDurable() must not be called.
  Status Close();

  // Ends the thread as a crash would: what is pending is given up, waiters hear so. The destructor does it otherwise.
  void GiveUp();

 private:
  struct Batch {
    std::string records;
    std::vector<Edit> edits;  // empty without on_durable
    TxId first;
    std::uint64_t count = 0;
  };
  struct Waiter {
    TxId id;
    std::function<void(Status)> done;
  };
  struct Place {
    JournalDirectory writer;
    Status status;  // guarded by mutex_; an error: out of use
  };

  EditJournal(Env& env, Clock& clock, Logger log, JournalOptions options, const RecoveredJournal& recovered);

  // The journal's thread, in this order.
  void Run();
  void GatherBatch(std::unique_lock<std::mutex>& lock);
  void Flush(std::unique_lock<std::mutex>& lock);
  void FlushAgainUntilRoom(std::unique_lock<std::mutex>& lock, const Batch& batch, Status& flushed);
  Status TryFlush(const Batch& batch);
  Status StartSegment(TxId first);
  Status WriteEverywhere(const Batch& batch);
  // Decides on one step done in some places: `outcomes` has one for each place that tried.
  Status Settle(std::vector<std::pair<Place*, Status>> outcomes);
  void CheckRoom();
  void Fail(std::unique_lock<std::mutex>& lock, const Status& why);
  void Answer(std::unique_lock<std::mutex>& lock, const Status& status, TxId upto);
  void SetState(JournalState state, Status reason);

  bool InUse(const Place& place) const;

  // Constant after construction.
  Env& env_;
  Clock& clock_;
  const Logger log_;
  const JournalOptions options_;
  const std::uint64_t epoch_;
  const std::uint64_t writer_;

  // Append()'s thread only.
  std::string payload_;

  // The journal's thread only, but for Place::status.
  std::vector<std::unique_ptr<Place>> places_;
  std::uint64_t concurrency_ = 1;  // how many writers there seem to be
  std::int64_t room_checked_nanos_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  // Guarded by mutex_.
  Batch pending_;
  std::size_t wake_at_ = 1;  // pending edits that make it worth waking the journal's thread
  std::size_t flushing_bytes_ = 0;
  TxId appended_;
  TxId durable_;
  JournalState state_ = JournalState::kWritable;
  Status reason_;
  bool stopping_ = false;
  bool giving_up_ = false;
  bool roll_ = true;  // each run begins with a segment of its own
  std::vector<Waiter> waiters_;
  std::vector<TxId> segments_;  // first txids, ascending; the active one last, once there is one
  TxId active_;
  std::uint64_t edits_total_ = 0;
  std::uint64_t flushes_total_ = 0;
  std::uint64_t bytes_total_ = 0;

  std::thread thread_;
};

}  // namespace mrd::namenode
