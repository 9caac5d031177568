#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/net/runtime.h"
#include "jobtracker/schedule/schedule_book.h"
#include "jobtracker/service/access.h"
#include "jobtracker/service/bell.h"
#include "jobtracker/service/dispatcher.h"
#include "jobtracker/service/job_calls.h"
#include "jobtracker/service/run_planner.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::jobtracker {

// Recurring jobs: keeps the book in the job store, looks at the clock, plans and submits what is due as its owner, and
// answers the calls about schedules (proto/mr/schedules.proto).
//
// A run that has begun is in the store before anything of it is done, and has its job's id there before the job is
// submitted. So after a restart a run is either found as a job, or begun again; it never takes place twice.
// Threads: the core's; files are looked at on threads of its own.
class Schedules {
 public:
  struct Parts {  // all must outlive it
    net::Runtime& runtime;
    Env& env;  // where time zones are read
    Clock& clock;
    JobStore& store;
    Dispatcher& dispatcher;
    Access& access;
    JobCalls& calls;
    const RunPlanner& planner;
  };
  Schedules(Parts parts, Logger log);

  // Brings back what the store has, once, before anything else. A schedule whose time zone is gone is kept, disabled.
  // kCorruption names the key.
  Status Recover();
  // Looks at the clock until Stop(); to be run as a coroutine of its own.
  net::awaitable<void> Ticks();
  // A job has ended, and that is safe.
  void JobEnded(const std::string& job);
  // Ends what is under way and waits for it. What has not been submitted is begun again by the next life.
  net::awaitable<void> Stop();

  // The calls, for the user named. Only the owner and administrators may change a schedule; everybody may see it.
  net::awaitable<Result<mapred::proto::AddScheduleResponseProto>> Add(std::string user,
                                                                      mapred::proto::AddScheduleRequestProto request);
  Result<mapred::proto::ListSchedulesResponseProto> List(const mapred::proto::ListSchedulesRequestProto& request) const;
  net::awaitable<Result<mapred::proto::RemoveScheduleResponseProto>> Remove(std::string user, std::string name);
  net::awaitable<Result<mapred::proto::EnableScheduleResponseProto>> Enable(std::string user, std::string name, bool enabled);
  net::awaitable<Result<mapred::proto::RunScheduleResponseProto>> RunNow(std::string user, std::string name);

 private:
  using Job = std::shared_ptr<const mapred::proto::ScheduledJobProto>;
  using Run = ScheduleEffects::Start;

  // Keeps what changed and, when that is safe, starts and kills.
  void Carry(ScheduleEffects effects);
  net::awaitable<void> Kill(std::string owner, std::string job);
  void StartSome();
  net::awaitable<void> Work(Run run);
  net::awaitable<void> StartRun(const Run& run);
  // kCancelled when the run is not wanted any more.
  net::awaitable<Status> TrySubmit(const Run& run);
  // The run, while it is starting; nullptr otherwise.
  const ScheduleRun* Starting(const Run& run) const;
  Status MayChange(const std::string& user, const std::string& name);
  // The pack of a schedule that was removed while a run's job needed it.
  struct LeftPack {
    std::string owner;
    std::string path;
  };
  void LeavePack(const std::string& job, const LeftPack& pack);
  // The job has ended, or never began.
  void DropLeftPack(const std::string& job);
  // Unless a schedule, or a job of one that is gone, needs it too.
  void DropPack(const LeftPack& pack);
  Status RecoverOne(std::string_view key, std::string_view value);
  void Resume();
  mapred::proto::ScheduleProto Describe(const Schedule& schedule) const;

  Parts parts_;
  const Logger log_;
  ScheduleBook book_;
  std::map<std::string, Job> jobs_;
  std::map<std::string, LeftPack> left_packs_;  // by job
  std::deque<Run> waiting_;  // to be started
  std::size_t at_work_ = 0;
  bool stopping_ = false;
  std::shared_ptr<Bell> clock_bell_;
  std::shared_ptr<Bell> stop_bell_;
  net::Gate gate_;
  net::BlockingPool files_;  // last: what it runs uses the others
};

}  // namespace mrd::jobtracker
