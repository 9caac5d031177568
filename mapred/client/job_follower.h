#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "engine/monitor.h"
#include "mapred/client/job_client.h"

namespace mrd::mapred {

// Tells a JobMonitor what happens to one job until it has ended: progress, failed attempts, and, while nothing moves,
// why. The end is noticed at once (the jobtracker holds the call open until then); progress is looked at now and
// then.
//
// A jobtracker that cannot be reached, because it is started again or its machine is, is tried anew until `patience` is
// over: running jobs outlive it. Use it from one thread.
class JobFollower {
 public:
  struct Options {
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds patience{600'000};
    std::function<bool()> interrupted;  // asked often; true ends the following
  };
  // All must outlive it.
  JobFollower(JobClient& client, engine::JobMonitor& monitor, Clock& clock, Options options);

  // The status at the end. kCancelled when interrupted; kNotFound for a job that the jobtracker does not know (any
  // more); kUnavailable when it was not reached for too long, which says nothing about the job.
  Result<proto::JobStatusProto> Follow(const std::string& job_id);

  // When all maps were first seen done, in seconds after the first map was started; 0 when that was not seen.
  double map_seconds() const { return map_seconds_; }

 private:
  void Tell(const proto::JobStatusProto& status);
  void TellFailures(const proto::JobStatusProto& status);
  void TellWhyNothingMoves(const proto::JobStatusProto& status);
  // False when patience is over; else waits a little.
  bool BearWith(const Status& failure);
  std::chrono::milliseconds Now() const;

  JobClient& client_;
  engine::JobMonitor& monitor_;
  Clock& clock_;
  const Options options_;

  std::chrono::milliseconds lost_since_{-1};  // < 0: in contact
  bool told_mode_ = false;
  std::uint32_t next_event_ = 1;
  std::uint32_t failures_told_ = 0;
  std::string standing_;  // what counts as movement, in one text
  std::chrono::milliseconds standing_since_{0};
  std::string reason_told_;
  double map_seconds_ = 0;
};

// Whether the job has ended.
bool IsOver(const proto::JobStatusProto& status);

}  // namespace mrd::mapred
