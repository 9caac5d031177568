#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "jobtracker/core/core.h"
#include "sim/clock.h"
#include "sim/jobtracker_daemon.h"
#include "sim/jobtracker_output.h"

namespace mrd::sim {

class TrackerModel;

// How things go wrong, and what trackers share.
struct TrackerWorld {
  TrackerWorld(Clock& clock_, JobtrackerDaemon& daemon_, JobtrackerOutput& output_)
      : clock(clock_), daemon(daemon_), output(output_) {}

  Clock& clock;
  JobtrackerDaemon& daemon;
  JobtrackerOutput& output;
  std::map<std::string, TrackerModel*> trackers;                     // by name
  std::map<std::string, jobtracker::JobSubmission> jobs;             // handed in
  double lost = 0;              // of calls between trackers and jobtracker
  double failing = 0;           // of attempts
  double stuck = 0;             // of attempts that take very long
  double damaged = 0;           // of fetches
  Millis task_ms = 1'000;       // at most
  std::string fault;
  std::uint64_t attempts = 0;
  std::uint64_t reruns = 0;     // fetches that failed
};

// A tasktracker: registers, holds the standing call, reports, runs attempts on virtual time, keeps map output and fetches
// it from others.
class TrackerModel {
 public:
  TrackerModel(TrackerWorld& world, jobtracker::TrackerInfo info) : world_(world), info_(std::move(info)) {}

  void Start();
  // The process dies, and with it its attempts; its map output is cleared at the next start.
  void Kill();
  bool alive() const { return alive_; }
  // Neither the jobtracker nor other trackers are reached, nor reach it.
  void set_cut(bool cut) { cut_ = cut; }
  bool cut() const { return cut_; }
  void set_slowness(int factor) { slowness_ = factor; }
  const jobtracker::TrackerInfo& info() const { return info_; }
  bool Has(const std::string& map_attempt) const { return alive_ && !cut_ && kept_.contains(map_attempt); }
  std::size_t running() const { return attempts_.size(); }
  std::size_t kept() const { return kept_.size(); }

 private:
  struct Running {
    jobtracker::AttemptName name;
    jobtracker::Phase phase = jobtracker::Phase::kStarting;
    bool commit_pending = false;
    double progress = 0;
    std::set<std::uint32_t> fetched;
    std::map<std::uint32_t, int> tries;
  };
  using Act = std::function<void()>;

  // A call to the jobtracker: `serve` runs there, `lost` here when no answer comes.
  bool Reaches() const { return alive_ && !cut_ && world_.daemon.up(); }
  void Later(Millis delay, Act act);  // unless the process died
  void Register();
  void Await();
  void Report();
  void Heartbeat();
  void Follow(const jobtracker::Order& order);
  void Launch(const jobtracker::LaunchOrder& order);
  void Work(const std::string& attempt);
  void Fetch(const std::string& attempt);
  void Finish(const std::string& attempt);
  void End(const std::string& attempt, jobtracker::AttemptState state, jobtracker::FailureKind kind = {});
  void Forget(const std::string& job);
  bool Publishes(const Running& running) const;
  jobtracker::AttemptReport StatusOf(const Running& running) const;
  void CheckSlots();

  TrackerWorld& world_;
  jobtracker::TrackerInfo info_;
  bool alive_ = false;
  bool cut_ = false;
  int slowness_ = 1;
  std::uint64_t life_ = 0;
  bool registered_ = false;
  std::uint64_t session_ = 0;  // rises with each registration
  std::uint64_t epoch_ = 0;
  std::uint64_t have_ = 0;
  bool reporting_ = false;
  bool report_again_ = false;
  std::map<std::string, Running> attempts_;
  std::map<std::string, jobtracker::AttemptName> kept_;
  std::map<std::string, jobtracker::AttemptReport> untold_;           // ended, not yet acknowledged
  std::vector<jobtracker::FetchFailure> untold_fetches_;
  std::map<std::string, std::map<std::uint32_t, jobtracker::MapOutput>> outputs_;  // job -> map
};

}  // namespace mrd::sim
