#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "jobtracker/schedule/cron.h"
#include "jobtracker/schedule/time_zone.h"
#include "jobtracker/schedule/words.h"

namespace mrd::jobtracker {

inline constexpr std::size_t kSchedulesMax = 1'000;
inline constexpr std::size_t kSchedulesPerUserMax = 100;
inline constexpr std::size_t kRunsQueuedMax = 100;  // of one schedule; further ones are skipped
inline constexpr std::size_t kRunsActiveMax = 16;   // of one schedule, whatever its policy
inline constexpr std::size_t kHistoryMax = 1'000;   // runs that are over

// What the owner of a schedule asked for.
struct ScheduleTerms {
  std::string name;
  std::string owner;
  std::string cron;
  std::string zone;
  Overlap overlap = Overlap::kSkip;
  Missed missed = Missed::kOnce;
  std::size_t missed_max = 10;   // kAll: the most that are made up for at once
  std::size_t history_max = 20;  // runs that are remembered when they are over
};

// A run, or due times without one. Times are wall milliseconds; 0: not yet.
struct ScheduleRun {
  std::uint64_t number = 0;  // from 1, within the schedule
  std::int64_t due_ms = 0;   // of several the last
  bool by_hand = false;
  RunState state = RunState::kQueued;
  std::string job;           // "" until it is known
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string message;       // why it ended as it did
  std::uint64_t count = 1;   // kSkipped, kMissed: for so many due times
};

struct Schedule {
  ScheduleTerms terms;
  bool enabled = true;
  std::int64_t created_ms = 0;
  std::int64_t looked_at_ms = 0;  // nothing that was due up to here is due again
  std::uint64_t last_number = 0;
  std::deque<ScheduleRun> runs;   // by number

  const ScheduleRun* Find(std::uint64_t number) const;
};

// What an operation asks for. Starts and kills may be carried out when the changed schedules are safe.
struct ScheduleEffects {
  struct Start {
    std::string schedule;
    std::uint64_t number = 0;
  };
  std::vector<Start> starts;
  std::vector<std::string> kills;  // jobs
  std::set<std::string> changed;   // schedules, removed ones too
};

// All schedules and their runs. Decides; whoever calls keeps what changed, starts and kills.
// Each instant is the wall clock in milliseconds and may be before an earlier one.
// Threads: one.
class ScheduleBook {
 public:
  ScheduleBook();
  ~ScheduleBook();
  ScheduleBook(const ScheduleBook&) = delete;
  ScheduleBook& operator=(const ScheduleBook&) = delete;

  // kInvalidArgument for a name, a bound or an expression that makes no sense, kAlreadyExists for a name that is taken,
  // kResourceExhausted when there are too many.
  Result<ScheduleEffects> Add(ScheduleTerms terms, TimeZone zone, bool enabled, std::int64_t now_ms);
  // kNotFound here and below for a name that is not there. Jobs that run go on, queued runs are forgotten.
  Result<ScheduleEffects> Remove(const std::string& name);
  // An enabled schedule counts from now on: what was due while it was not is not made up for.
  Result<ScheduleEffects> SetEnabled(const std::string& name, bool enabled, std::int64_t now_ms);
  // A run now, enabled or not, under the policy for overlaps; kFailedPrecondition where that allows none.
  struct ByHand {
    std::uint64_t number = 0;
    ScheduleEffects effects;
  };
  Result<ByHand> RunNow(const std::string& name, std::int64_t now_ms);

  // Looks at the clock.
  ScheduleEffects Tick(std::int64_t now_ms);
  // When that is to be done next; nullopt: not before something else changes.
  std::optional<std::int64_t> NextTickMs() const;
  // When the schedule is due next; nullopt when it is not enabled, or never again.
  std::optional<std::int64_t> NextDueMs(const std::string& name) const;

  // What became of a start. Unknown runs, such as those of a removed schedule, are ignored.
  ScheduleEffects NameJob(const std::string& name, std::uint64_t number, const std::string& job);  // about to be submitted
  ScheduleEffects Started(const std::string& name, std::uint64_t number, std::int64_t now_ms);
  ScheduleEffects Refused(const std::string& name, std::uint64_t number, std::string why, std::int64_t now_ms);
  // A job has ended; `state` is kSucceeded, kFailed or kKilled. Jobs of nobody are ignored.
  ScheduleEffects JobEnded(const std::string& job, RunState state, std::string why, std::int64_t now_ms);

  // Brings back what an earlier life kept, before anything else. kInvalidArgument when its expression makes no sense.
  Status Recover(Schedule schedule, TimeZone zone);

  const Schedule* Find(const std::string& name) const;
  const TimeZone* ZoneOf(const std::string& name) const;
  std::vector<const Schedule*> All() const;  // by name
  // Of all schedules: name and number of the runs that are starting or running.
  std::vector<ScheduleEffects::Start> ActiveRuns() const;

 private:
  struct Entry;
  // Out of one operation on one schedule.
  class Step;

  Entry* FindEntry(const std::string& name);

  std::map<std::string, Entry> entries_;
  std::map<std::string, ScheduleEffects::Start> by_job_;  // active runs that have a job
};

}  // namespace mrd::jobtracker
