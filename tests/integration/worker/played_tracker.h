#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "proto/mr/umbilical.pb.h"
#include "tasktracker/worker/umbilical.h"

namespace mrd::test {

// The tracker's side of a worker, for tests: starts a zygote, launches attempts, hears what they say. One thread; every
// wait has an end.
class PlayedTracker {
 public:
  // What became of one attempt so far.
  struct Heard {
    std::unique_ptr<tasktracker::Umbilical> umbilical;
    std::optional<pid_t> process;
    std::vector<mapred::proto::WorkerMessageProto::Progress> progress;
    std::optional<mapred::proto::WorkerMessageProto::MapOutput> output;
    std::vector<mapred::proto::WorkerMessageProto::BadSegment> bad;
    std::optional<mapred::proto::WorkerMessageProto::CommitRequest> asked;
    std::optional<mapred::proto::WorkerMessageProto::Done> done;
    std::optional<mapred::proto::FailureProto> failed;
    std::optional<mapred::proto::ZygoteMessageProto::Exited> exited;
  };

  // Starts `program` and sets it up; waits for its answer.
  PlayedTracker(const std::string& program, const mapred::proto::SetupProto& setup);
  ~PlayedTracker();  // closes the zygote's socket and waits for its end

  bool started() const { return ready_.has_value(); }
  const mapred::proto::ReadyProto& ready() const { return *ready_; }
  pid_t zygote() const { return zygote_; }

  void Launch(const mapred::proto::LaunchProto& launch);
  void Send(const std::string& attempt, const mapred::proto::TrackerMessageProto& message);
  Heard& heard(const std::string& attempt) { return heard_[attempt]; }
  // Takes in what comes until `come` is true; false when that takes longer than `patience_ms`.
  bool Until(const std::function<bool()>& come, int patience_ms = 30000);
  // Until the attempt has exited; a request to commit is answered as `grant` says.
  bool UntilExited(const std::string& attempt, int patience_ms = 30000);
  // Closes the zygote's socket and waits until it has ended; its wait status, or nothing when it does not end.
  std::optional<int> Stop(int patience_ms = 5000);

  bool grant = true;
  std::string refusal;  // else
  std::vector<std::string> superseded;  // attempts that were granted before

 private:
  void TakeFromZygote();
  void TakeFrom(const std::string& attempt);

  pid_t zygote_ = -1;
  std::unique_ptr<tasktracker::Umbilical> umbilical_;
  std::optional<mapred::proto::ReadyProto> ready_;
  std::map<std::string, Heard> heard_;
};

}  // namespace mrd::test
