#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/log.h"
#include "jobtracker/core/core.h"
#include "jobtracker/journal/job_store.h"
#include "jobtracker/journal/store_writer.h"
#include "jobtracker/service/bell_table.h"
#include "jobtracker/service/job_papers.h"
#include "jobtracker/service/record_pipeline.h"
#include "jobtracker/service/retired_jobs.h"

namespace mrd::jobtracker {

struct DispatcherOptions {
  CoreOptions core;
  // Jobs that have ended stay with the core for this long, and at most so many of them, and of their tasks.
  std::int64_t keep_ended_ms = 86'400'000;
  std::size_t ended_jobs_max = 1'000;
  std::size_t ended_tasks_max = 500'000;
  std::size_t retired_jobs_max = 10'000;
};

// Something still to be done for a job that has ended: "history", "notify". Kept in the job store until it is.
struct JobDuty {
  std::string job;
  std::string name;
};

// The way into the core and out of it. An operation goes to the core with the moment at which it comes; the records that
// come out go to the store; who waits for orders or for a job's change is woken when what that rests on is safe.
//
// Life: Recover() before anything else, Ticks() as a coroutine of its own, Stop() when it is to end.
// Threads: the core's executor alone, which has one thread.
class Dispatcher {
 public:
  struct Hooks {
    std::function<void(const JobDuty&)> on_duty;    // a job has ended, and that is safe
    std::function<void(const Status&)> on_failure;  // the store cannot be written any more: the process has to end
  };
  // References must outlive it.
  Dispatcher(DispatcherOptions options, const KeyRegistry& keys, Clock& clock, Logger log, JobStore& store,
             StoreWriter& writer, boost::asio::any_io_executor executor, Hooks hooks);
  ~Dispatcher();

  // Brings the core to where the store says it was. Duties that were left are announced. kCorruption names the key.
  Status Recover();
  // When this jobtracker started, in milliseconds since 1970: no two of its lives have the same. Part of job ids, and the
  // epoch of trackers.
  std::uint64_t epoch() const { return epoch_; }

  // Operations. What they answer may be told when Settled() says so. Errors are the core's.
  Status Submit(mapred::proto::JobSpecProto spec, SplitTable splits);
  Status KillJob(const std::string& job, std::string reason);
  Result<bool> KillAttempt(const AttemptName& attempt, bool as_failure, std::string reason);
  Status SetPriority(const std::string& job, Priority priority);
  void SetExcludedHosts(std::set<std::string> hosts);
  struct RegisterAnswer {
    std::vector<std::string> forget_jobs;
    std::vector<AttemptName> kill_attempts;
  };
  RegisterAnswer Register(const TrackerInfo& tracker, const std::vector<AttemptReport>& attempts,
                          const std::vector<AttemptName>& kept);
  // `statuses` are those that the attempts of the report were made of. False: the tracker must register.
  bool Report(const TrackerReport& report, const std::vector<mapred::proto::AttemptStatusProto>& statuses);
  // Only orders that may leave now.
  TakenOrders TakeOrders(const std::string& tracker, std::uint64_t have);
  void DutyDone(const JobDuty& duty);

  // Wait for what was decided so far: flushed where it has to be; or at least given to the system.
  net::awaitable<Status> Settled() { return records_->Settled(); }
  net::awaitable<Status> Written() { return records_->Written(); }
  bool settled() const { return records_->settled(); }
  // Rung when a tracker has orders that may leave, when a job has a new version that may be told; all at the end.
  std::shared_ptr<Bell> TrackerBell(const std::string& tracker) { return tracker_bells_.At(tracker); }
  std::shared_ptr<Bell> JobBell(const std::string& job) { return job_bells_.At(job); }
  void RingTracker(const std::string& tracker) { tracker_bells_.Ring(tracker); }

  Instant Now() const;
  const Core& core() const { return *core_; }
  // Of jobs that the core knows; else nullptr.
  const JobPapers* Papers(std::string_view job) const;
  const RetiredJobs& retired() const { return retired_; }
  // Jobs of the user that have not ended.
  std::size_t JobsOf(const std::string& user) const;
  // The result of a job that the core knows.
  Result<mapred::proto::GetJobResultResponseProto> ResultOf(const std::string& job) const;
  const KeyRegistry& keys() const { return keys_; }

  // Keeps something that the core knows nothing of: durable once Settled() has returned, if `sync`.
  void Keep(std::vector<StoreWrite> writes, bool sync) { records_->Append(std::move(writes), 0, sync); }

  // Lets time pass for the core until Stop().
  net::awaitable<void> Ticks();
  void Stop();
  // Waits until everything is written; nothing may be asked of it afterwards. Then the writer may go.
  net::awaitable<Status> Close();
  bool stopping() const { return stopping_; }

 private:
  // What may be told once the store has come so far.
  struct Notices {
    std::uint64_t record = 0;  // the last of those that it rests on
    std::vector<std::string> trackers;
    std::vector<std::string> jobs;
    std::vector<JobDuty> duties;
  };
  using Details = std::map<std::string, const mapred::proto::AttemptStatusProto*, std::less<>>;

  void Apply(Effects effects, const Details& details = {}, std::vector<StoreWrite> with = {});
  void TakeRecord(const Record& record, const Details& details, std::vector<StoreWrite>* writes, Notices* notices);
  void NoteEnded(JobPapers& papers);
  void Announce(const Notices& notices);
  void AnnounceWhatIsSafe();
  void ScheduleTick(std::int64_t at_ms);

  Status BeginLife();
  Status LoadPapers();
  Status ReplayRecords();
  Status RecoverDuties();
  void NoteRecovered(const Record& record, const mapred::proto::AttemptStatusProto* detail);

  void RetireSome();
  void Retire(const std::string& job);

  const DispatcherOptions options_;
  const KeyRegistry& keys_;
  Clock& clock_;
  const Logger log_;
  JobStore& store_;
  StoreWriter& writer_;
  const boost::asio::any_io_executor executor_;
  const Hooks hooks_;
  std::uint64_t epoch_ = 0;

  std::unique_ptr<Core> core_;
  std::unique_ptr<RecordPipeline> records_;
  std::uint64_t last_record_ = 0;
  std::map<std::string, std::unique_ptr<JobPapers>, std::less<>> papers_;
  RetiredJobs retired_;
  std::map<std::string, std::size_t> jobs_by_user_;  // that have not ended
  std::deque<std::string> ended_;     // jobs in the order in which they ended
  std::size_t ended_tasks_ = 0;
  std::set<std::pair<std::string, std::string>> duties_;  // job and name, not done yet

  std::deque<Notices> unannounced_;
  BellTable tracker_bells_;
  BellTable job_bells_;
  std::int64_t tick_at_ms_ = 0;
  std::shared_ptr<Bell> tick_bell_;
  bool stopping_ = false;
};

}  // namespace mrd::jobtracker
