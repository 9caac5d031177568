#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "engine/counters.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/worker/umbilical.h"

namespace mrd::tasktracker {

// What a task shows of itself at a moment.
struct LiveFigures {
  double progress = 0;  // of the attempt
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t pulse = 0;  // changes whenever the task has moved in any way
  std::optional<std::uint64_t> stands_at;  // the record, of a reduce the group, that the plugin works on
  std::string status;
  engine::Counters counters;
};

// An attempt's side of its umbilical. A thread of its own tells progress, at once when the phase changes and about once a
// second as long as the task moves: one that hangs says nothing. It takes in what the tracker sends, and ends the attempt
// with everything that it started when the tracker has gone.
//
// Threads: any. The thread runs until the process ends.
class Lifeline {
 public:
  explicit Lifeline(UniqueFd tracker) : tracker_(std::move(tracker)) {}

  void Start();
  // Tells it at once.
  void EnterPhase(mapred::proto::AttemptPhaseProto phase);
  // Where figures come from; called on the lifeline's thread, never after Watch() with another one has returned.
  void Watch(std::function<LiveFigures()> figures);

  Status Send(const mapred::proto::WorkerMessageProto& message);
  // Wait for the tracker; meanwhile progress is told in any case, since the attempt cannot move.
  mapred::proto::TrackerMessageProto::Segments NextSegments();
  // Asks whether these may be published. OK: yes, once what the attempts in the result have left is removed.
  // kFailedPrecondition, with the reason: no.
  Result<std::vector<std::string>> AskToPublish(const google::protobuf::RepeatedPtrField<mapred::proto::PartProto>& parts);

 private:
  void Run();
  void Take(mapred::proto::TrackerMessageProto message);
  void Tell(bool in_any_case);

  Umbilical tracker_;
  std::mutex sending_;  // one message at a time

  std::mutex watching_;  // guards figures_ while it is called
  std::function<LiveFigures()> figures_;
  std::uint64_t told_pulse_ = 0;
  LiveFigures last_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable came_;
  mapred::proto::AttemptPhaseProto phase_ = mapred::proto::PHASE_STARTING;
  bool waits_ = false;
  std::deque<mapred::proto::TrackerMessageProto::Segments> segments_;
  std::deque<mapred::proto::TrackerMessageProto::Commit> commits_;
};

}  // namespace mrd::tasktracker
