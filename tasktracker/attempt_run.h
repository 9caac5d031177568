#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/mr/trackers.pb.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/context.h"
#include "tasktracker/frame_stream.h"
#include "tasktracker/process_tree.h"
#include "tasktracker/zygote_process.h"

namespace mrd::tasktracker {

class AttemptRun;

// What an attempt tells, on the tracker's strand.
class AttemptEvents {
 public:
  // Its status changed. `at_once`: the jobtracker waits for it.
  virtual void Changed(AttemptRun& attempt, bool at_once) = 0;
  // Its process is gone and its status final. The last call for it.
  virtual void Gone(AttemptRun& attempt) = 0;
  virtual void BadSegment(AttemptRun& attempt, std::uint32_t map, const std::string& reason) = 0;

 protected:
  ~AttemptEvents() = default;
};

// Where an attempt works.
struct AttemptPlaces {
  std::vector<std::string> job_dirs;  // of the job: an attempt's files lie below them
  std::string work_dir;               // exists
  std::string log_dir;                // made by the zygote when there is something to log
};

// One attempt of a task, from the order to the end of its process. What it says of itself comes over its umbilical; how
// its process began and ended, over the zygote's. Its status becomes final by its last word, or when the process is
// gone. Everything on the tracker's strand; shared with the coroutine that listens to it.
class AttemptRun : public std::enable_shared_from_this<AttemptRun> {
 public:
  using Launch = mapred::proto::OrderProto::Launch;

  AttemptRun(Context& context, const Launch& order, std::uint32_t maps, AttemptEvents& events);

  const std::string& id() const { return status_.attemptid(); }
  const std::string& job_id() const { return job_id_; }
  mapred::proto::TaskKindProto kind() const { return order_.kind(); }
  std::uint32_t number() const { return order_.number(); }
  std::uint32_t maps() const { return maps_; }
  const mapred::proto::AttemptStatusProto& status() const { return status_; }
  bool ended() const;                  // the status is final
  bool gone() const { return gone_; }  // there is no process
  bool begun() const { return begun_; }

  // Has the zygote fork it. REQUIRES: not ended, not begun.
  void Begin(ZygoteProcess& zygote, AttemptPlaces places);
  // It cannot begin. REQUIRES: not begun.
  void Refuse(mapred::proto::FailureProto failure);
  // Ends it, if it has not ended: first politely. KILLED, or FAILED when `as_failure`.
  void Kill(const std::string& reason, bool as_failure);
  // Ends it as FAILED with this reason.
  void Condemn(mapred::proto::FailureProto failure);
  void Answer(const mapred::proto::OrderProto::Commit& answer);
  void Give(const mapred::proto::TrackerMessageProto::Segments& segments);
  // Segments of all maps were given. Till then it is this tracker that it waits for.
  void set_fed() { fed_ = true; }

  // The zygote's news.
  void Started(pid_t pid);
  void Exited(const mapred::proto::ZygoteMessageProto::Exited& exited);
  void ZygoteEnded(const Status& why);

  // Looks at the time and, where there is one, at what its processes use: limits and deadlines.
  void Watch(std::int64_t now_ns, const ProcessTree* processes);
  std::uint64_t memory_limit() const { return order_.memorybytes(); }
  std::uint64_t timeout_ms() const { return order_.timeoutms(); }  // 0: none
  const std::string& work_dir() const { return places_.work_dir; }  // "" if it never began
  pid_t pid() const { return pid_; }
  // Whether it may be publishing output at this moment.
  bool publishes() const;
  // The process ends now, without a word: the tracker ends.
  void Abandon();

 private:
  net::awaitable<void> Listen(std::shared_ptr<AttemptRun> self, std::shared_ptr<FrameStream> stream);
  void Take(const mapred::proto::WorkerMessageProto& message);
  void TakeProgress(const mapred::proto::WorkerMessageProto::Progress& progress);
  void TakeMapOutput(const mapred::proto::WorkerMessageProto::MapOutput& output);
  void TakeDone(const mapred::proto::WorkerMessageProto::Done& done);
  void Finish(mapred::proto::AttemptStateProto state);
  void FinishWithoutWord();
  void Leave();
  mapred::proto::FailureProto OverLimit(const std::string& what, std::uint64_t peak_bytes) const;
  void LeaveGroup();
  void SignalAll(int signal) const;
  bool IsOurs(const std::string& path) const;
  std::uint64_t NowMs() const { return static_cast<std::uint64_t>(context_.clock.WallMillis()); }

  Context& context_;
  const Launch order_;  // without the job's description
  const std::string job_id_;
  const std::uint32_t maps_;
  AttemptEvents& events_;
  mapred::proto::AttemptStatusProto status_;
  AttemptPlaces places_;
  std::shared_ptr<FrameStream> umbilical_;
  pid_t pid_ = 0;
  bool begun_ = false;
  bool fed_ = false;
  bool granted_ = false;
  bool listening_ = false;
  bool exited_ = false;  // the process is gone, its last words may not have been read
  bool gone_ = false;
  bool killed_ = false;
  bool killed_as_failure_ = false;
  std::string kill_reason_;
  std::optional<mapred::proto::FailureProto> verdict_;  // ours
  std::optional<mapred::proto::FailureProto> failure_;  // what it said, or the zygote
  std::optional<MapOutput> map_output_;
  std::int64_t progress_ns_ = 0;
  std::shared_ptr<MemoryGroup> group_;      // nullptr: resident memory alone is watched
  std::optional<std::uint64_t> stands_at_;  // the record that the plugin worked on when it moved last
  std::int64_t kill_at_ns_ = 0;     // when SIGKILL follows; 0: never
  std::int64_t give_up_at_ns_ = 0;  // when unread last words are given up
};

// "FAILED_TRACKER: text" as a message.
mapred::proto::FailureProto MakeFailure(mapred::proto::FailureKindProto kind, std::string message);

}  // namespace mrd::tasktracker
