#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/mr/trackers.pb.h"
#include "tasktracker/attempt_run.h"
#include "tasktracker/context.h"
#include "tasktracker/work_dirs.h"
#include "tasktracker/zygote_process.h"

namespace mrd::tasktracker {

// A job as far as it is on this tracker: its pack, its local directories, its zygote, its attempts. The zygote is
// started with the first attempt, while the pack is fetched, and again with a later one if it ended. Everything on the
// tracker's strand; shared with its coroutines.
class JobRun : public std::enable_shared_from_this<JobRun> {
 public:
  struct Options {
    std::string tracker_host;
    // A zygote whose output goes to the file at this path.
    std::function<Result<std::shared_ptr<ZygoteProcess>>(const std::string& log_path)> take_zygote;
    std::function<void(AttemptRun&)> begun;  // the attempt was given to the zygote
  };

  JobRun(Context& context, mapred::proto::JobSpecProto spec, Options options);

  const std::string& id() const { return spec_.jobid(); }
  const mapred::proto::JobSpecProto& spec() const { return spec_; }
  // Takes an attempt and starts it as soon as everything is there.
  void Add(std::shared_ptr<AttemptRun> attempt);
  std::shared_ptr<AttemptRun> Find(const std::string& attempt_id) const;
  const std::map<std::string, std::shared_ptr<AttemptRun>>& attempts() const { return attempts_; }
  // Whether this attempt was ever ordered here: an order that comes twice is done once.
  bool Knows(const std::string& attempt_id) const { return known_.contains(attempt_id); }

  // The attempt's process is gone; its files go too, but for map output that is kept.
  void Gone(const AttemptRun& attempt);
  // The attempt's end is known to the jobtracker. It is dropped, once it is gone too.
  void Told(const std::string& attempt_id);
  // The job is over: what runs ends, what is kept is removed; `done` follows when nothing is left.
  void Retire(std::function<void()> done);
  bool retiring() const { return retiring_; }
  // The tracker ends: processes do at once.
  void Abandon();

  void Watch(std::int64_t now_ns, const ProcessTree* processes);
  bool has_zygote() const { return zygote_ != nullptr; }
  pid_t zygote_pid() const { return zygote_ == nullptr ? 0 : zygote_->pid(); }

 private:
  enum class State { kResting, kPreparing, kLoading, kReady };  // loading: the zygote has the job, not answered yet

  net::awaitable<void> Prepare(std::shared_ptr<JobRun> self);
  net::awaitable<void> Launch(std::shared_ptr<JobRun> self, std::shared_ptr<AttemptRun> attempt);
  Status PreparePlaces();
  ZygoteEvents EventsOf(const std::shared_ptr<ZygoteProcess>& zygote);
  void ZygoteReady(const mapred::proto::ReadyProto& ready);
  void ZygoteEnded(const Status& why);
  void FailWaiting(const mapred::proto::FailureProto& failure);
  void StartWaiting();
  void EndIfIdle();
  void LeaveWorkDir(const std::string& dir);
  void Drop(const std::string& attempt_id);

  Context& context_;
  const mapred::proto::JobSpecProto spec_;
  const Options options_;
  State state_ = State::kResting;
  bool retiring_ = false;
  std::function<void()> retired_;
  std::shared_ptr<const Pack> pack_;
  std::vector<std::string> dirs_;
  std::optional<Account> user_;  // whom its attempts run as; none: as the tracker
  const std::shared_ptr<WorkDirs> work_dirs_;  // shared with what cleans them
  std::shared_ptr<ZygoteProcess> zygote_;
  std::int64_t idle_since_ns_ = 0;
  std::int64_t loading_since_ns_ = 0;
  std::size_t launching_ = 0;
  std::deque<std::shared_ptr<AttemptRun>> waiting_;  // for the zygote
  std::map<std::string, std::shared_ptr<AttemptRun>> attempts_;
  std::map<std::string, bool> known_;  // attempts ever ordered; whether the end was told
};

}  // namespace mrd::tasktracker
