#include "jobtracker/schedule/schedule_book.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "jobtracker/schedule/due_times.h"

namespace mrd::jobtracker {
namespace {

constexpr std::size_t kNameMax = 100;
constexpr std::size_t kMessageMax = 2'000;

// Rounded down, also before 1970.
std::int64_t Seconds(std::int64_t ms) { return ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000); }

// It is part of addresses and of keys.
bool IsName(const std::string& name) {
  if (name.empty() || name.size() > kNameMax || std::isalnum(static_cast<unsigned char>(name.front())) == 0) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.'; });
}

Status CheckTerms(const ScheduleTerms& terms) {
  if (!IsName(terms.name)) {
    return InvalidArgument("\"" + terms.name.substr(0, kNameMax) + "\" is no name of a schedule: up to " +
                           std::to_string(kNameMax) + " letters, digits, '.', '_' and '-', a letter or digit first");
  }
  if (terms.missed_max < 1 || terms.missed_max > kRunsQueuedMax) {
    return InvalidArgument("at most 1 to " + std::to_string(kRunsQueuedMax) + " missed runs are made up for, not " +
                           std::to_string(terms.missed_max));
  }
  if (terms.history_max < 1 || terms.history_max > kHistoryMax) {
    return InvalidArgument("1 to " + std::to_string(kHistoryMax) + " past runs are remembered, not " +
                           std::to_string(terms.history_max));
  }
  return Status::Ok();
}

Status Unknown(const std::string& name) { return NotFound("there is no schedule \"" + name.substr(0, kNameMax) + "\""); }

}  // namespace

const ScheduleRun* Schedule::Find(std::uint64_t number) const {
  const auto found = std::lower_bound(runs.begin(), runs.end(), number,
                                      [](const ScheduleRun& run, std::uint64_t wanted) { return run.number < wanted; });
  return found != runs.end() && found->number == number ? &*found : nullptr;
}

struct ScheduleBook::Entry {
  Schedule schedule;
  Cron cron;
  TimeZone zone;

  std::optional<std::int64_t> NextDueMs() const {
    if (!schedule.enabled) return std::nullopt;
    const std::optional<std::int64_t> due =
        cron.Next(zone, Seconds(schedule.looked_at_ms), Seconds(schedule.created_ms));
    return due ? std::optional(*due * 1000) : std::nullopt;
  }
  ScheduleRun* Find(std::uint64_t number) { return const_cast<ScheduleRun*>(std::as_const(schedule).Find(number)); }
};

class ScheduleBook::Step {
 public:
  Step(Entry& entry, std::int64_t now_ms, ScheduleEffects* effects)
      : entry_(entry), schedule_(entry.schedule), now_ms_(now_ms), effects_(effects) {
    effects_->changed.insert(schedule_.terms.name);
  }

  // Takes a due time on, as the policy says. Returns the run's number; 0 when there is none.
  std::uint64_t Take(std::int64_t due_ms, bool by_hand) {
    const std::size_t active = Count([](const ScheduleRun& run) { return IsActive(run.state); });
    if (schedule_.terms.overlap == Overlap::kAllow) {
      if (active < kRunsActiveMax) return Begin(Add(due_ms, by_hand));
    } else if (active == 0 && !Queued()) {
      return Begin(Add(due_ms, by_hand));
    } else if (schedule_.terms.overlap == Overlap::kQueue) {
      if (const std::uint64_t number = Queue(due_ms, by_hand)) return number;
    } else if (schedule_.terms.overlap == Overlap::kKill) {
      return Replace(due_ms, by_hand);
    }
    // A person is told instead.
    if (!by_hand) Note(RunState::kSkipped, due_ms, 1, "an earlier run was not over");
    return 0;
  }

  // Due times that were missed, the oldest first. True when the one that is on time was taken in line with them.
  bool TakeLate(const DueTimes& times) {
    const bool covered = times.on_time_s.has_value();
    std::size_t wanted = 0;
    if (schedule_.terms.missed == Missed::kAll) wanted = schedule_.terms.missed_max;
    if (schedule_.terms.missed == Missed::kOnce && !covered) wanted = 1;
    wanted = std::min(wanted, times.late_s.size());
    const auto first = times.late_s.end() - static_cast<std::ptrdiff_t>(wanted);
    std::deque<std::int64_t> made_up(first, times.late_s.end());
    if (times.late > wanted) {
      Note(RunState::kMissed, *std::prev(first) * 1000, times.late - wanted, "nobody looked at the clock then");
    }
    // What is on time comes after those that it would have come after.
    if (covered && !made_up.empty()) made_up.push_back(*times.on_time_s);
    for (const std::int64_t due : made_up) {
      // They wait for each other whatever the policy is: it is about runs that were to overlap.
      const bool idle = !Queued() && Count([](const ScheduleRun& run) { return IsActive(run.state); }) == 0;
      if (idle) {
        (void)Begin(Add(due * 1000, false));
      } else if (Queue(due * 1000, false) == 0) {
        Note(RunState::kMissed, due * 1000, 1, "too many runs wait");
      }
    }
    return covered && !made_up.empty();
  }

  void End(ScheduleRun& run, RunState state, std::string why) {
    run.state = state;
    run.end_ms = now_ms_;
    run.message = why.substr(0, kMessageMax);
    BeginQueued();
    Forget();
  }

  // Lets go of the oldest that are over, beyond what is remembered.
  void Forget() {
    std::size_t over = Count([](const ScheduleRun& run) { return IsOver(run.state); });
    for (auto run = schedule_.runs.begin(); run != schedule_.runs.end() && over > schedule_.terms.history_max;) {
      if (IsOver(run->state)) {
        run = schedule_.runs.erase(run);
        --over;
      } else {
        ++run;
      }
    }
  }

 private:
  template <typename Is>
  std::size_t Count(Is is) const {
    return static_cast<std::size_t>(std::count_if(schedule_.runs.begin(), schedule_.runs.end(), is));
  }
  ScheduleRun* Queued() {
    const auto run = std::find_if(schedule_.runs.begin(), schedule_.runs.end(),
                                  [](const ScheduleRun& one) { return one.state == RunState::kQueued; });
    return run == schedule_.runs.end() ? nullptr : &*run;
  }
  ScheduleRun& Add(std::int64_t due_ms, bool by_hand) {
    ScheduleRun run;
    run.number = ++schedule_.last_number;
    run.due_ms = due_ms;
    run.by_hand = by_hand;
    schedule_.runs.push_back(std::move(run));
    return schedule_.runs.back();
  }
  std::uint64_t Begin(ScheduleRun& run) {
    run.state = RunState::kStarting;
    effects_->starts.push_back({schedule_.terms.name, run.number});
    return run.number;
  }
  std::uint64_t Queue(std::int64_t due_ms, bool by_hand) {
    if (Count([](const ScheduleRun& run) { return run.state == RunState::kQueued; }) >= kRunsQueuedMax) return 0;
    return Add(due_ms, by_hand).number;
  }
  std::uint64_t Replace(std::int64_t due_ms, bool by_hand) {
    for (ScheduleRun& run : schedule_.runs) {
      if (run.state == RunState::kQueued) {
        run.state = RunState::kSkipped;
        run.end_ms = now_ms_;
        run.message = "replaced by a later run before it began";
      }
      // One that is starting is killed when its job is there: see Started().
      if (run.state == RunState::kRunning) effects_->kills.push_back(run.job);
    }
    const std::uint64_t number = Add(due_ms, by_hand).number;
    Forget();
    return number;
  }
  void BeginQueued() {
    if (Count([](const ScheduleRun& run) { return IsActive(run.state); }) > 0) return;
    if (ScheduleRun* const next = Queued()) (void)Begin(*next);
  }
  // Adds to the last entry when that says the same.
  void Note(RunState state, std::int64_t due_ms, std::uint64_t count, std::string why) {
    if (!schedule_.runs.empty() && schedule_.runs.back().state == state && schedule_.runs.back().message == why) {
      ScheduleRun& last = schedule_.runs.back();
      last.due_ms = due_ms;
      last.end_ms = now_ms_;
      last.count += count;
      return;
    }
    ScheduleRun& note = Add(due_ms, false);
    note.state = state;
    note.end_ms = now_ms_;
    note.count = count;
    note.message = std::move(why);
    Forget();
  }

  Entry& entry_;
  Schedule& schedule_;
  const std::int64_t now_ms_;
  ScheduleEffects* const effects_;
};

ScheduleBook::ScheduleBook() = default;
ScheduleBook::~ScheduleBook() = default;

Result<ScheduleEffects> ScheduleBook::Add(ScheduleTerms terms, TimeZone zone, bool enabled, std::int64_t now_ms) {
  MRD_RETURN_IF_ERROR(CheckTerms(terms));
  MRD_ASSIGN_OR_RETURN(Cron cron, Cron::Parse(terms.cron));
  const std::string name = terms.name;
  if (const Entry* const there = FindEntry(name)) {
    return AlreadyExists("there is a schedule \"" + name + "\" already, of " + there->schedule.terms.owner +
                         "; choose another name, or remove it: mr schedule rm " + name);
  }
  const auto own = std::count_if(entries_.begin(), entries_.end(),
                                 [&](const auto& one) { return one.second.schedule.terms.owner == terms.owner; });
  if (entries_.size() >= kSchedulesMax || static_cast<std::size_t>(own) >= kSchedulesPerUserMax) {
    return ResourceExhausted("there are " + std::to_string(entries_.size()) + " schedules, " + std::to_string(own) + " of " +
                             terms.owner + "; possible are " + std::to_string(kSchedulesMax) + ", " +
                             std::to_string(kSchedulesPerUserMax) + " of one user. mr schedule list shows them");
  }
  Schedule schedule;
  schedule.terms = std::move(terms);
  schedule.enabled = enabled;
  schedule.created_ms = now_ms;
  schedule.looked_at_ms = now_ms;
  entries_.emplace(name, Entry{std::move(schedule), std::move(cron), std::move(zone)});
  ScheduleEffects effects;
  effects.changed.insert(name);
  return effects;
}

Status ScheduleBook::Recover(Schedule schedule, TimeZone zone) {
  MRD_ASSIGN_OR_RETURN(Cron cron, Cron::Parse(schedule.terms.cron));
  const std::string name = schedule.terms.name;
  for (const ScheduleRun& run : schedule.runs) {
    if (IsActive(run.state) && !run.job.empty()) by_job_[run.job] = {name, run.number};
  }
  entries_.insert_or_assign(name, Entry{std::move(schedule), std::move(cron), std::move(zone)});
  return Status::Ok();
}

Result<ScheduleEffects> ScheduleBook::Remove(const std::string& name) {
  const Entry* const entry = FindEntry(name);
  if (entry == nullptr) return Unknown(name);
  for (const ScheduleRun& run : entry->schedule.runs) by_job_.erase(run.job);
  entries_.erase(name);
  ScheduleEffects effects;
  effects.changed.insert(name);
  return effects;
}

Result<ScheduleEffects> ScheduleBook::SetEnabled(const std::string& name, bool enabled, std::int64_t now_ms) {
  Entry* const entry = FindEntry(name);
  if (entry == nullptr) return Unknown(name);
  ScheduleEffects effects;
  if (entry->schedule.enabled == enabled) return effects;
  entry->schedule.enabled = enabled;
  entry->schedule.looked_at_ms = now_ms;
  effects.changed.insert(name);
  return effects;
}

Result<ScheduleBook::ByHand> ScheduleBook::RunNow(const std::string& name, std::int64_t now_ms) {
  Entry* const entry = FindEntry(name);
  if (entry == nullptr) return Unknown(name);
  ByHand by_hand;
  by_hand.number = Step(*entry, now_ms, &by_hand.effects).Take(now_ms, true);
  if (by_hand.number != 0) return by_hand;
  const ScheduleRun* active = nullptr;
  for (const ScheduleRun& run : entry->schedule.runs) {
    if (IsActive(run.state)) active = &run;
  }
  return FailedPrecondition("schedule " + name + " has a run that is not over" +
                            (active != nullptr && !active->job.empty() ? ", " + active->job : std::string()) +
                            ", and its policy for overlaps, " + std::string(WordOf(entry->schedule.terms.overlap)) +
                            ", allows no further one");
}

ScheduleEffects ScheduleBook::Tick(std::int64_t now_ms) {
  ScheduleEffects effects;
  for (auto& [name, entry] : entries_) {
    const std::optional<std::int64_t> next = entry.NextDueMs();
    if (!next || *next > now_ms) continue;
    Schedule& schedule = entry.schedule;
    const DueTimes times = FindDueTimes(entry.cron, entry.zone, Seconds(schedule.created_ms), Seconds(schedule.looked_at_ms),
                                        Seconds(now_ms), schedule.terms.missed_max + 1);
    Step step(entry, now_ms, &effects);
    const bool in_line = times.late > 0 && step.TakeLate(times);
    if (times.on_time_s && !in_line) (void)step.Take(*times.on_time_s * 1000, false);
    // Not beyond the last due time: a clock that is set back a little loses nothing.
    const std::int64_t last_s = times.on_time_s ? *times.on_time_s : times.late > 0 ? times.late_s.back() : Seconds(now_ms);
    schedule.looked_at_ms = last_s * 1000;
  }
  return effects;
}

std::optional<std::int64_t> ScheduleBook::NextTickMs() const {
  std::optional<std::int64_t> next;
  for (const auto& [name, entry] : entries_) {
    const std::optional<std::int64_t> due = entry.NextDueMs();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

std::optional<std::int64_t> ScheduleBook::NextDueMs(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? std::nullopt : found->second.NextDueMs();
}

ScheduleEffects ScheduleBook::NameJob(const std::string& name, std::uint64_t number, const std::string& job) {
  ScheduleEffects effects;
  Entry* const entry = FindEntry(name);
  ScheduleRun* const run = entry == nullptr ? nullptr : entry->Find(number);
  if (run == nullptr || run->state != RunState::kStarting) return effects;
  if (!run->job.empty()) by_job_.erase(run->job);  // an earlier try
  run->job = job;
  by_job_[job] = {name, number};
  effects.changed.insert(name);
  return effects;
}

ScheduleEffects ScheduleBook::Started(const std::string& name, std::uint64_t number, std::int64_t now_ms) {
  ScheduleEffects effects;
  Entry* const entry = FindEntry(name);
  ScheduleRun* const run = entry == nullptr ? nullptr : entry->Find(number);
  if (run == nullptr || run->state != RunState::kStarting) return effects;
  run->state = RunState::kRunning;
  run->start_ms = now_ms;
  effects.changed.insert(name);
  // Came into the way of a later one while it started.
  const auto waits = [](const ScheduleRun& one) { return one.state == RunState::kQueued; };
  const std::deque<ScheduleRun>& runs = entry->schedule.runs;
  if (entry->schedule.terms.overlap == Overlap::kKill && std::any_of(runs.begin(), runs.end(), waits)) {
    effects.kills.push_back(run->job);
  }
  return effects;
}

ScheduleEffects ScheduleBook::Refused(const std::string& name, std::uint64_t number, std::string why, std::int64_t now_ms) {
  ScheduleEffects effects;
  Entry* const entry = FindEntry(name);
  ScheduleRun* const run = entry == nullptr ? nullptr : entry->Find(number);
  if (run == nullptr || !IsActive(run->state)) return effects;
  by_job_.erase(run->job);
  Step(*entry, now_ms, &effects).End(*run, RunState::kRefused, std::move(why));
  return effects;
}

ScheduleEffects ScheduleBook::JobEnded(const std::string& job, RunState state, std::string why, std::int64_t now_ms) {
  ScheduleEffects effects;
  const auto found = by_job_.find(job);
  if (found == by_job_.end()) return effects;
  const ScheduleEffects::Start of = found->second;
  by_job_.erase(found);
  Entry* const entry = FindEntry(of.schedule);
  ScheduleRun* const run = entry == nullptr ? nullptr : entry->Find(of.number);
  if (run == nullptr || !IsActive(run->state)) return effects;
  if (run->start_ms == 0) run->start_ms = now_ms;
  Step(*entry, now_ms, &effects).End(*run, state, std::move(why));
  return effects;
}

const Schedule* ScheduleBook::Find(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second.schedule;
}

const TimeZone* ScheduleBook::ZoneOf(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second.zone;
}

std::vector<const Schedule*> ScheduleBook::All() const {
  std::vector<const Schedule*> all;
  for (const auto& [name, entry] : entries_) all.push_back(&entry.schedule);
  return all;
}

std::vector<ScheduleEffects::Start> ScheduleBook::ActiveRuns() const {
  std::vector<ScheduleEffects::Start> active;
  for (const auto& [name, entry] : entries_) {
    for (const ScheduleRun& run : entry.schedule.runs) {
      if (IsActive(run.state)) active.push_back({name, run.number});
    }
  }
  return active;
}

ScheduleBook::Entry* ScheduleBook::FindEntry(const std::string& name) {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace mrd::jobtracker
