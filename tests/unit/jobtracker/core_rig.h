#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jobtracker/core/core.h"

namespace mrd::jobtracker::test {

// A core with trackers that do what the test says, on a clock of the test's. Checks nothing; collects what the core
// gives out. Records are kept, and durable at once unless `durable` is set lower.
class Rig {
 public:
  explicit Rig(CoreOptions options = {});

  // A tracker with slots; by default on a host of its own name on the default rack.
  void AddTracker(const std::string& name, std::uint32_t maps = 2, std::uint32_t reduces = 2, std::uint64_t memory = 0,
                  const std::string& host = "", const std::string& rack = "");
  // A job of `maps` splits of 1 GiB (so it never runs whole) without hosts.
  JobSubmission Job(std::uint32_t number, std::uint32_t maps, std::uint32_t reduces);
  static std::string JobId(std::uint32_t number);
  void Submit(JobSubmission job);

  // What the tracker gets now; all of it is acknowledged by the next call.
  std::vector<Order> Take(const std::string& tracker);
  // As Take, launches alone.
  std::vector<AttemptName> Launched(const std::string& tracker);

  void Say(const std::string& tracker, const AttemptReport& report);
  void Progress(const std::string& tracker, const AttemptName& attempt, double progress, Phase phase = Phase::kMap);
  void Succeed(const std::string& tracker, const AttemptName& attempt, TaskResult result = {});
  void Fail(const std::string& tracker, const AttemptName& attempt, FailureKind kind = FailureKind::kUser);
  void Gone(const std::string& tracker, const AttemptName& attempt);  // killed
  void AskCommit(const std::string& tracker, const AttemptName& attempt);
  void Heartbeat(const std::string& tracker);
  // Lets time pass; ticks whenever the core asked for it.
  void Pass(std::int64_t ms);
  // Runs everything on all trackers until nothing is ordered any more; every attempt succeeds, with leave to publish.
  void RunAll();
  // The jobtracker is killed and started again from its records; trackers have to register.
  void Restart();

  void Keep(Effects effects);
  JobView Status(std::uint32_t job) const;
  TaskView TaskOf(std::uint32_t job, TaskKind kind, std::uint32_t number) const;

  template <typename T>
  std::vector<T> Records() const {
    std::vector<T> found;
    for (const Record& record : records) {
      if (const T* body = std::get_if<T>(&record.body)) found.push_back(*body);
    }
    return found;
  }

  CoreOptions options;
  std::unique_ptr<Core> core;
  Instant now{1'000'000, 1'700'000'000'000};
  std::vector<Record> records;
  std::map<std::string, TrackerInfo> trackers;
  std::map<std::string, std::uint64_t> have;
  std::int64_t wake_at = 0;
  std::uint64_t durable = ~0ull;
};

template <typename T>
std::vector<T> Of(const std::vector<Order>& orders) {
  std::vector<T> found;
  for (const Order& order : orders) {
    if (const T* body = std::get_if<T>(&order.body)) found.push_back(*body);
  }
  return found;
}

AttemptName Name(std::uint32_t job, char kind, std::uint32_t number, std::uint32_t attempt);

}  // namespace mrd::jobtracker::test
