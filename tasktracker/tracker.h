#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "common/net/event.h"
#include "proto/mr/trackers.pb.h"
#include "tasktracker/attempt_run.h"
#include "tasktracker/context.h"
#include "tasktracker/fetcher.h"
#include "tasktracker/job_run.h"
#include "tasktracker/jobtracker_link.h"
#include "tasktracker/reduce_feeds.h"
#include "tasktracker/shuffle_server.h"
#include "tasktracker/views.h"

namespace mrd::tasktracker {

// Carries out the jobtracker's orders and tells what became of them. It owns the jobs that are here, with their
// attempts, and the reduces' way to map output. Threads: everything on the tracker's strand, but Views.
class Tracker final : public LinkOwner, public AttemptEvents, public Views {
 public:
  struct Options {
    mapred::proto::TrackerProto self;
    std::string memory_watch;    // how limits of attempts' memory are kept, for people
    std::string worker_program;
    std::function<void(const Status& why)> on_end;  // the jobtracker wants it to end: kCancelled
  };

  // All references must outlive it.
  Tracker(Context& context, net::Connector& connector, const ShuffleServer& shuffle, Options options);

  net::awaitable<void> Start();
  // Attempts are killed, and told so; nothing of theirs is left.
  net::awaitable<void> Stop();
  std::string waiting_for() const { return link_.waiting_for(); }

  // Views.
  net::awaitable<TrackerView> Snapshot() override;
  std::string LogDir(const std::string& attempt_id) const override { return context_.logs.AttemptDir(attempt_id); }
  net::awaitable<std::string> OwnerOf(std::string job_id) override;

  // LinkOwner.
  void FillRegistration(mapred::proto::RegisterRequestProto* request) override;
  void Registered(const mapred::proto::RegisterResponseProto& response) override;
  void TakeOrder(const mapred::proto::OrderProto& order) override;
  void FillReport(mapred::proto::ReportRequestProto* request) override;
  void Reported() override;
  void NotReported() override;

  // AttemptEvents.
  void Changed(AttemptRun& attempt, bool at_once) override;
  void Gone(AttemptRun& attempt) override;
  void BadSegment(AttemptRun& attempt, std::uint32_t map, const std::string& reason) override;

 private:
  void Launch(const mapred::proto::OrderProto::Launch& order);
  void RefuseUnknown(const mapred::proto::OrderProto::Launch& order);
  void Forget(const std::string& job_id);
  void Begun(AttemptRun& attempt);
  std::shared_ptr<JobRun> JobOf(const std::string& attempt_id) const;
  std::shared_ptr<AttemptRun> Find(const std::string& attempt_id) const;
  net::awaitable<void> Watch();
  net::awaitable<void> EndAttempts();
  bool Running() const;
  void WatchOnce(std::int64_t now_ns, const ProcessTree* processes);
  Result<std::shared_ptr<ZygoteProcess>> TakeZygote(const std::string& log_path);
  void StartSpare();
  std::string SpareLog() const;
  void Fence(std::int64_t now_ns);
  void LookAtMachine();
  std::vector<std::string> Troubles() const;
  void RemoveStrays(const ProcessTree& processes) const;
  net::awaitable<void> KeepHouse();
  TrackerView View() const;
  void FillJobViews(TrackerView* view) const;

  Context& context_;
  const Options options_;
  const ShuffleServer& shuffle_;
  Fetcher fetcher_;
  ReduceFeeds feeds_;
  JobtrackerLink link_;
  net::Gate gate_;
  boost::asio::steady_timer watch_timer_;
  boost::asio::steady_timer house_timer_;
  bool stopping_ = false;
  std::map<std::string, std::shared_ptr<JobRun>> jobs_;
  std::shared_ptr<ZygoteProcess> spare_;  // for the next job; there is one after the first job
  // What the jobtracker does not know yet.
  std::set<std::string> changed_;    // attempts
  std::set<std::string> reporting_;  // of which the report under way tells
  std::map<std::string, mapred::proto::AttemptStatusProto> refused_;  // of attempts that belong to no job here
  std::vector<mapred::proto::FetchFailureProto> fetch_failures_;
  std::vector<mapred::proto::FetchFailureProto> reporting_failures_;
  std::int64_t machine_seen_ns_ = 0;  // when the two below were looked at; 0: never
  std::uint64_t free_memory_bytes_ = 0;
  double load_ = 0;
  std::uint64_t attempts_total_ = 0;
  std::uint64_t succeeded_total_ = 0;
  std::uint64_t failed_total_ = 0;
  std::uint64_t killed_total_ = 0;
};

}  // namespace mrd::tasktracker
