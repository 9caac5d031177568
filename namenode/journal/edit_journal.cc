#include "namenode/journal/edit_journal.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/random.h"
#include "namenode/journal/edit_codec.h"

namespace mrd::namenode {
namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr std::int64_t kRoomCheckNanos = 1'000 * kNanosPerMilli;
// The estimate of writers falls by an eighth a flush, so that a pause of some does not end the grouping.
constexpr std::uint64_t kConcurrencyDecay = 8;

std::string Number(TxId id) { return std::to_string(id.value); }

// Two runs that took the same epoch must differ in it. No secret.
std::uint64_t ChanceNumber(Clock& clock, const void* place) {
  std::uint64_t state = static_cast<std::uint64_t>(clock.WallMillis()) ^
                        (static_cast<std::uint64_t>(clock.MonotonicNanos()) << 20) ^
                        reinterpret_cast<std::uintptr_t>(place);
  return SplitMix64(state);
}

}  // namespace

Result<std::unique_ptr<EditJournal>> EditJournal::Open(Env& env,
                                                       Clock& clock,
                                                       Logger log,
                                                       JournalOptions options,
                                                       TxId after) {
  RecoveryRequest request;
  request.directories = options.directories;
  request.namespace_id = options.namespace_id;
  request.after = after;
  request.crash_points = options.crash_points;
  MRD_ASSIGN_OR_RETURN(const RecoveredJournal recovered, RecoverJournal(env, request));
  for (const std::string& note : recovered.notes) log.Warn("journal recovered: " + note);
  for (const Status& status : recovered.directories) {
    if (!status.ok()) log.Error("journal directory out of use: " + status.message());
  }
  if (recovered.last < after) {
    return FailedPrecondition("the checkpoint holds edits up to " + Number(after) + ", but the edit journal in " +
                              options.directories.front() + " ends with edit " + Number(recovered.last) +
                              "; bring back the newest journal directory: going on would undo acknowledged edits");
  }
  std::unique_ptr<EditJournal> journal(new EditJournal(env, clock, std::move(log), std::move(options), recovered));
  journal->CheckRoom();
  journal->thread_ = std::thread([raw = journal.get()] { raw->Run(); });
  return journal;
}

EditJournal::EditJournal(Env& env, Clock& clock, Logger log, JournalOptions options, const RecoveredJournal& recovered)
    : env_(env),
      clock_(clock),
      log_(std::move(log)),
      options_(std::move(options)),
      epoch_(recovered.epoch + 1),
      writer_(ChanceNumber(clock, this)),
      appended_(recovered.last),
      durable_(recovered.last),
      segments_(recovered.older) {
  for (std::size_t i = 0; i < options_.directories.size(); ++i) {
    places_.push_back(std::unique_ptr<Place>(new Place{
        JournalDirectory(env, options_.directories[i], options_.preallocate_bytes, *options_.crash_points),
        recovered.directories[i]}));
  }
  for (const RecoveredJournal::Segment& segment : recovered.chain) segments_.push_back(segment.first);
  // A last segment without edits is replaced by the first one of this run.
  if (!segments_.empty() && segments_.back() > durable_) segments_.pop_back();
}

EditJournal::~EditJournal() { GiveUp(); }

void EditJournal::GiveUp() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    giving_up_ = true;
    work_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Status EditJournal::Writable() const {
  const std::lock_guard lock(mutex_);
  if (state_ != JournalState::kWritable) return reason_;
  if (pending_.records.size() + flushing_bytes_ > options_.pending_bytes_max)
    return Unavailable("the edit journal is busy: too many edits wait for the disk; try again");
  return Status::Ok();
}

TxId EditJournal::Append(Edit edit) {
  payload_.clear();
  EncodeEdit(edit, payload_);
  const std::lock_guard lock(mutex_);
  edit.id = {++appended_.value};
  if (state_ == JournalState::kFailed) return appended_;
  if (pending_.count == 0) pending_.first = edit.id;
  AppendRecord({edit.id, static_cast<std::uint32_t>(pending_.count)}, payload_, pending_.records);
  ++pending_.count;
  if (options_.on_durable) pending_.edits.push_back(std::move(edit));
  if (pending_.count == wake_at_ || pending_.count == 1) work_.notify_all();
  return appended_;
}

void EditJournal::WhenDurable(TxId id, std::function<void(Status)> done) {
  Status known;
  {
    const std::lock_guard lock(mutex_);
    MRD_CHECK(id <= appended_);
    if (id > durable_ && state_ != JournalState::kFailed) {
      waiters_.push_back({id, std::move(done)});
      return;
    }
    if (id > durable_) known = reason_;
  }
  done(std::move(known));
}

Status EditJournal::WaitDurable(TxId id) {
  std::mutex mutex;
  std::condition_variable called;
  bool ready = false;
  Status result;
  WhenDurable(id, [&](Status status) {
    const std::lock_guard lock(mutex);
    result = std::move(status);
    ready = true;
    called.notify_all();  // under the lock: the waiter's variables go away as soon as it is released
  });
  std::unique_lock lock(mutex);
  called.wait(lock, [&] { return ready; });
  return result;
}

TxId EditJournal::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

JournalStatus EditJournal::status() const {
  const std::lock_guard lock(mutex_);
  JournalStatus out;
  out.state = state_;
  out.reason = reason_;
  out.appended = appended_;
  out.durable = durable_;
  if (!segments_.empty()) out.first_segment = segments_.front();
  out.active_segment = active_;
  out.edits_total = edits_total_;
  out.flushes_total = flushes_total_;
  out.bytes_total = bytes_total_;
  for (const std::unique_ptr<Place>& place : places_) out.directories.push_back({place->writer.path(), place->status});
  return out;
}

void EditJournal::Roll() {
  const std::lock_guard lock(mutex_);
  roll_ = true;
}

Status EditJournal::Close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  if (durable_ < appended_) {
    return Status(reason_).WithContext("edits " + Number({durable_.value + 1}) + " to " + Number(appended_) +
                                       " did not become durable");
  }
  return Status::Ok();
}

void EditJournal::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto idle = [&] { return pending_.count > 0 || stopping_; };
    if (state_ == JournalState::kReadOnly) {
      work_.wait_for(lock, options_.full_retry, idle);
    } else {
      work_.wait(lock, idle);
    }
    if (giving_up_ || (stopping_ && pending_.count == 0) || state_ == JournalState::kFailed) break;
    lock.unlock();
    CheckRoom();
    lock.lock();
    if (pending_.count == 0) continue;
    GatherBatch(lock);
    Flush(lock);
  }
  // A failed journal has no thread; WhenDurable() answers from the state.
  if (state_ != JournalState::kFailed) Answer(lock, Unavailable("the edit journal was closed"), appended_);
  const bool abandon = giving_up_ || state_ == JournalState::kFailed;
  lock.unlock();
  for (const std::unique_ptr<Place>& place : places_) {
    if (abandon) {
      place->writer.Abandon();
    } else if (const Status finished = place->writer.Finish(); !finished.ok()) {
      log_.Warn("journal segment not ended: " + finished.message());
    }
  }
}

// A flush costs the same for one edit as for a hundred. When the last flushes served many writers, the same ones will
// be back within a moment, so it pays to wait for half of them.
void EditJournal::GatherBatch(std::unique_lock<std::mutex>& lock) {
  wake_at_ = std::max<std::uint64_t>(1, concurrency_ / 2);
  work_.wait_for(lock, options_.group_wait, [&] { return pending_.count >= wake_at_ || stopping_; });
  wake_at_ = 1;
}

void EditJournal::Flush(std::unique_lock<std::mutex>& lock) {
  Batch batch = std::exchange(pending_, {});
  flushing_bytes_ = batch.records.size();
  lock.unlock();
  Status flushed = TryFlush(batch);
  lock.lock();
  if (flushed.code() == Code::kResourceExhausted) FlushAgainUntilRoom(lock, batch, flushed);
  flushing_bytes_ = 0;
  if (!flushed.ok()) {
    Fail(lock, flushed);
    return;
  }
  options_.crash_points->Pass("edit.before_answer");
  durable_ = {batch.first.value + batch.count - 1};
  edits_total_ += batch.count;
  ++flushes_total_;
  bytes_total_ += batch.records.size();
  const std::uint64_t decayed = concurrency_ - concurrency_ / kConcurrencyDecay;
  concurrency_ = std::max<std::uint64_t>({batch.count + pending_.count, decayed > 7 ? decayed : 1, 1});
  const TxId upto = durable_;
  if (options_.on_durable) {
    lock.unlock();
    options_.on_durable(std::move(batch.edits));
    lock.lock();
  }
  Answer(lock, Status::Ok(), upto);
}

// The same bytes at the same place, so that it does not matter how much of them is there already.
void EditJournal::FlushAgainUntilRoom(std::unique_lock<std::mutex>& lock, const Batch& batch, Status& flushed) {
  const std::int64_t since = clock_.MonotonicNanos();
  const std::int64_t patience = std::chrono::duration_cast<std::chrono::nanoseconds>(options_.full_wait_max).count();
  while (flushed.code() == Code::kResourceExhausted && !stopping_) {
    SetState(JournalState::kReadOnly, flushed);
    if (clock_.MonotonicNanos() - since >= patience) {
      Answer(lock,
             Status(flushed).WithContext("the edit waits for room on the disk and takes effect if there is some before "
                                         "the namenode stops"),
             appended_);
    }
    work_.wait_for(lock, options_.full_retry, [&] { return stopping_; });
    lock.unlock();
    flushed = TryFlush(batch);
    lock.lock();
  }
  if (flushed.ok()) {
    room_checked_nanos_ = 0;  // whether there is enough is asked before the next flush
    SetState(JournalState::kWritable, Status::Ok());
  }
}

Status EditJournal::TryFlush(const Batch& batch) {
  bool roll = false;
  {
    const std::lock_guard lock(mutex_);
    roll = roll_;
  }
  for (const std::unique_ptr<Place>& place : places_) {
    if (InUse(*place) && place->writer.segment_bytes() >= options_.segment_bytes) roll = true;
  }
  if (roll) MRD_RETURN_IF_ERROR(StartSegment(batch.first));
  return WriteEverywhere(batch);
}

Status EditJournal::StartSegment(TxId first) {
  const SegmentHeader header{options_.namespace_id, first, epoch_, writer_, clock_.WallMillis()};
  std::vector<std::pair<Place*, Status>> outcomes;
  for (const std::unique_ptr<Place>& place : places_) {
    // Those that are out of use are tried as well: this is where they may come back.
    Status started = place->writer.StartSegment(header);
    if (!InUse(*place)) {
      if (!started.ok()) continue;
      log_.Info("journal directory in use again: " + place->writer.path() + " from edit " + Number(first));
    }
    outcomes.emplace_back(place.get(), std::move(started));
  }
  MRD_RETURN_IF_ERROR(Settle(std::move(outcomes)));
  const std::lock_guard lock(mutex_);
  if (segments_.empty() || segments_.back() < first) segments_.push_back(first);
  active_ = first;
  roll_ = false;
  return Status::Ok();
}

Status EditJournal::WriteEverywhere(const Batch& batch) {
  std::vector<std::pair<Place*, Status>> outcomes;
  options_.crash_points->Pass("edit.before_write");
  for (const std::unique_ptr<Place>& place : places_) {
    if (InUse(*place)) outcomes.emplace_back(place.get(), place->writer.Write(batch.records));
  }
  options_.crash_points->Pass("edit.before_flush");
  for (auto& [place, status] : outcomes) {
    if (status.ok()) status = place->writer.Sync();
  }
  MRD_RETURN_IF_ERROR(Settle(std::move(outcomes)));
  for (const std::unique_ptr<Place>& place : places_) {
    if (InUse(*place)) place->writer.Advance(batch.records.size());
  }
  return Status::Ok();
}

Status EditJournal::Settle(std::vector<std::pair<Place*, Status>> outcomes) {
  // As long as one place did it, the others are dropped. If none did, those without room are worth waiting for.
  const bool done =
      std::any_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome.second.ok(); });
  Status result;
  const std::lock_guard lock(mutex_);
  for (auto& [place, status] : outcomes) {
    if (status.ok()) {
      place->status = Status::Ok();
      continue;
    }
    if (!done && (result.ok() || status.code() == Code::kResourceExhausted)) result = status;
    if (!done && status.code() == Code::kResourceExhausted) continue;
    if (place->status.ok())
      log_.Error("journal directory out of use: " + place->writer.path() + ": " + status.message());
    place->status = std::move(status);
    place->writer.Abandon();
  }
  return result;
}

bool EditJournal::InUse(const Place& place) const {
  const std::lock_guard lock(mutex_);
  return place.status.ok();
}

void EditJournal::CheckRoom() {
  const std::int64_t now = clock_.MonotonicNanos();
  {
    const std::lock_guard lock(mutex_);
    const bool recent = room_checked_nanos_ != 0 && now - room_checked_nanos_ < kRoomCheckNanos;
    if (recent && state_ == JournalState::kWritable) return;
  }
  room_checked_nanos_ = now;
  Status full;
  for (const std::unique_ptr<Place>& place : places_) {
    if (!InUse(*place)) continue;
    const Result<VolumeSpace> space = env_.Space(place->writer.path());
    // Whether a directory works shows when it is written.
    if (!space.ok() || space->available >= options_.reserved_bytes) {
      full = Status::Ok();
      break;
    }
    full = ResourceExhausted("the volume of " + place->writer.path() + " has " + std::to_string(space->available) +
                             " bytes left, less than the " + std::to_string(options_.reserved_bytes) +
                             " that are kept in reserve; make room there");
  }
  const std::lock_guard lock(mutex_);
  if (state_ == JournalState::kFailed) return;
  const JournalState state = full.ok() ? JournalState::kWritable : JournalState::kReadOnly;
  SetState(state, std::move(full));
}

void EditJournal::SetState(JournalState state, Status reason) {
  if (state != state_) {
    if (state == JournalState::kWritable) {
      log_.Info("journal writable again after edit " + Number(durable_));
    } else {
      log_.Error((state == JournalState::kReadOnly ? "journal read-only: " : "journal failed: ") + reason.message());
    }
  }
  state_ = state;
  reason_ = std::move(reason);
}

void EditJournal::Fail(std::unique_lock<std::mutex>& lock, const Status& why) {
  // Only a stop in the middle leaves a full disk as the last word.
  SetState(JournalState::kFailed, Status(why).WithContext("the edit journal failed"));
  pending_ = {};
  Answer(lock, Status(reason_), appended_);
}

// Waiters may call back into the journal, so the lock is not held.
void EditJournal::Answer(std::unique_lock<std::mutex>& lock, const Status& status, TxId upto) {
  const auto later = std::partition(waiters_.begin(), waiters_.end(), [&](const Waiter& w) { return w.id <= upto; });
  std::vector<Waiter> ready(std::make_move_iterator(waiters_.begin()), std::make_move_iterator(later));
  waiters_.erase(waiters_.begin(), later);
  lock.unlock();
  for (Waiter& waiter : ready) waiter.done(status);
  lock.lock();
}

Status EditJournal::Replay(TxId from, const ReplayEdit& replay) const {
  std::vector<TxId> segments;
  std::vector<std::string> directories;
  TxId durable;
  {
    const std::lock_guard lock(mutex_);
    segments = segments_;
    durable = durable_;
    for (const std::unique_ptr<Place>& place : places_) {
      if (place->status.ok()) directories.push_back(place->writer.path());
    }
  }
  if (from > durable) return Status::Ok();
  if (segments.empty() || from < segments.front()) {
    return FailedPrecondition("the edit journal begins with edit " +
                              Number(segments.empty() ? TxId{durable.value + 1} : segments.front()) + "; edit " +
                              Number(from) + " is no longer there");
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const TxId upto = i + 1 < segments.size() ? TxId{segments[i + 1].value - 1} : durable;
    if (upto < from) continue;
    TxId done{std::max(from, segments[i]).value - 1};
    Status replayed = IoError("no journal directory is in use");
    Status refused;
    // A directory that came into use late has only the later segments.
    for (const std::string& directory : directories) {
      const std::string path = directory + "/" + SegmentName(segments[i]);
      replayed = ReplaySegment(env_, path, {done.value + 1}, upto, [&](Edit edit) {
        done = edit.id;
        refused = replay(std::move(edit));
        return refused;
      });
      if (replayed.ok() || !refused.ok()) break;
    }
    MRD_RETURN_IF_ERROR(std::move(replayed));
  }
  return Status::Ok();
}

void EditJournal::Purge(TxId applied) {
  std::vector<TxId> gone;
  std::vector<JournalDirectory*> directories;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t finished = segments_.size() - (segments_.empty() ? 0 : 1);
    std::size_t count = 0;
    while (count + options_.segments_kept < finished && segments_[count + 1].value <= applied.value + 1) ++count;
    gone.assign(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
    for (const std::unique_ptr<Place>& place : places_) {
      if (place->status.ok()) directories.push_back(&place->writer);
    }
  }
  // Oldest first, so that a crash in between leaves no gap.
  for (const TxId first : gone) {
    options_.crash_points->Pass("purge.before_remove");
    for (JournalDirectory* directory : directories) {
      if (const Status removed = directory->RemoveSegment(first); !removed.ok())
        log_.Warn("journal segment not removed: " + removed.message());
    }
    options_.crash_points->Pass("purge.after_remove");
  }
}

}  // namespace mrd::namenode
