#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "jobtracker/core/options.h"
#include "jobtracker/core/orders.h"
#include "jobtracker/core/records.h"
#include "jobtracker/core/types.h"
#include "jobtracker/core/views.h"

namespace mrd::jobtracker {

struct State;

// What an operation has caused. The caller
//  1. writes `records` to the journal in their order (all of them, also those without `sync`);
//  2. once those with `sync` are on the disk: sends its reply and wakes whoever waits for orders of `trackers` and for
//     changes of `jobs`;
//  3. calls Tick at `wake_at_ms` (monotonic) at the latest; each operation's value replaces the one before.
struct Effects {
  std::vector<Record> records;
  std::vector<std::string> trackers;  // have new orders; each once
  std::vector<std::string> jobs;      // have a new version; each once
  std::int64_t wake_at_ms = 0;
};

struct Registration {
  Effects effects;
  std::vector<std::string> forget_jobs;     // unknown or over: the tracker removes what it keeps of them
  std::vector<AttemptName> kill_attempts;   // not wanted any more
};

struct Reported {
  Effects effects;
  bool must_register = false;  // The tracker is unknown or was declared lost; nothing of its report was taken.
};

struct Killed {
  Effects effects;
  bool killed = false;  // false: it does not run
};

struct TakenOrders {
  bool must_register = false;
  std::vector<Order> orders;
};

// The jobtracker without wires, disk and clock: jobs, tasks, attempts, trackers, and where what runs. Events and the
// instant go in; orders, journal records and notices come out. The same calls give the same answers, always.
//
// Start: Recover() for each record of the journal in order, then FinishRecovery(), also when there was none.
// Scheduling is by edges: each operation that frees a slot or makes a task ready assigns it within the call. Trackers
// get their orders by TakeOrders; orders are kept until acknowledged.
// Threads: one at a time.
// Cost: no operation looks at all tasks of a job or at all trackers, but for views, the end of a job, Tick, and the
// loss of a tracker.
// Unknown jobs are refused with kNotFound.
class Core {
 public:
  explicit Core(CoreOptions options);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // kCorruption names the record that does not fit. Records of a job that ended may be missing but for JobSubmitted and
  // JobEnded, and their `number` may have gaps.
  Status Recover(const Record& record);
  // Trackers that ran something have tracker_expiry_ms from here to register again.
  Effects FinishRecovery(Instant now);

  // kAlreadyExists: the id is taken (a repeated call). kInvalidArgument: no such queue, too many tasks.
  // kFailedPrecondition: the queue is stopped. kResourceExhausted: limits of jobs.
  Result<Effects> Submit(JobSubmission job, Instant now);
  // Of a job that is over or ending: does nothing.
  Result<Effects> KillJob(std::string_view job, std::string reason, Instant now);
  // kNotFound for an attempt that never was. An attempt that failed counts against the task's limit.
  Result<Killed> KillAttempt(const AttemptName& attempt, bool as_failure, std::string reason, Instant now);
  Result<Effects> SetPriority(std::string_view job, Priority priority, Instant now);
  // Drops a job that is over from all views. kFailedPrecondition if it is not.
  Status Remove(std::string_view job);

  // A tracker starts, or comes back. `attempts`: what runs there or ended untold; `kept`: finished maps whose output it
  // has. Orders that it did not acknowledge are void, their sequences are not used again.
  Registration Register(const TrackerInfo& tracker, std::span<const AttemptReport> attempts,
                        std::span<const AttemptName> kept, Instant now);
  Reported Report(const TrackerReport& report, Instant now);
  // Trackers on these hosts get no new work and leave when what they run has ended; removed from the list they are used
  // again.
  Effects SetExcludedHosts(std::set<std::string> hosts, Instant now);
  // Queues and limits were read anew. Queues that still have jobs stay.
  Effects SetQueues(std::map<std::string, QueueOptions> queues, Instant now);

  // Whatever time brings: lost trackers, locality given up, speculation, preemption, forgiven trackers.
  Effects Tick(Instant now);

  // Orders above `have`, oldest first; what is up to `have` is acknowledged by that and forgotten. Only such are given
  // that rest on records up to number `durable`: all records with `sync` up to it are on the disk. At most `limit`.
  TakenOrders TakeOrders(std::string_view tracker, std::uint64_t have, std::uint64_t durable,
                         std::size_t limit = 1'000);

  // Views. `now` is for reasons that name a time.
  Result<JobView> JobStatus(std::string_view job, Instant now) const;
  std::uint64_t JobVersion(std::string_view job) const;  // 0: unknown
  std::vector<JobView> Jobs(bool over_too, Instant now) const;  // by age
  // Tasks of a kind, or of all kinds in the order m, r, w, c, a.
  Result<TaskPage> Tasks(std::string_view job, std::optional<TaskKind> kind, std::size_t from, std::size_t count,
                         Instant now) const;
  // Events with a number of at least `from` (the first is 1).
  Result<std::vector<TaskEvent>> Events(std::string_view job, std::uint32_t from, std::size_t count) const;
  ClusterView Cluster(Instant now) const;
  Result<JobResult> JobSums(std::string_view job) const;
  Result<CommitWork> WorkOfCommit(std::string_view job) const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace mrd::jobtracker
