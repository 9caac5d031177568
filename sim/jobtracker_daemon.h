#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jobtracker/core/core.h"
#include "sim/clock.h"
#include "sim/jobtracker_plant.h"

namespace mrd::sim {

// What the daemon does around the core: the journal with its slow flushes, standing calls of trackers, the timer; crash and
// start from the journal. Effects leave only when what they rest on is on the disk.
class JobtrackerDaemon {
 public:
  JobtrackerDaemon(Clock& clock, jobtracker::CoreOptions options, JobtrackerPlant plant = JobtrackerPlant::kNone);

  bool up() const { return core_ != nullptr; }
  std::uint64_t epoch() const { return epoch_; }
  jobtracker::Core& core() { return *core_; }
  jobtracker::Instant Now() const { return {clock_.now() + 1'000'000 * static_cast<Millis>(epoch_), clock_.now()}; }

  // Takes effects over; `reply` is called when they may leave, and never if the daemon crashes before.
  void Apply(jobtracker::Effects effects, std::function<void()> reply = {});
  // A standing call for orders: answered when there are some, else after `wait`; a newer one ends it.
  void Await(const std::string& tracker, std::uint64_t have, Millis wait,
             std::function<void(jobtracker::TakenOrders)> answer);

  // kill -9; with `power` also what was not flushed may be lost.
  void Crash(bool power);
  // "" or what the new core and the one before disagree about.
  std::string Start();
  std::uint64_t starts() const { return epoch_; }

 private:
  struct Standing {
    std::uint64_t have = 0;
    std::uint64_t number = 0;
    std::function<void(jobtracker::TakenOrders)> answer;
  };
  void Wake(const std::string& tracker);
  // What is planted in records and orders on their way.
  bool IsForgotten(const jobtracker::Record& record) const;
  void Distort(jobtracker::Order* order) const;
  void SetTimer(std::int64_t wake_at_ms);
  std::vector<std::string> Summary() const;

  Clock& clock_;
  const jobtracker::CoreOptions options_;
  const JobtrackerPlant plant_;
  std::unique_ptr<jobtracker::Core> core_;
  std::uint64_t epoch_ = 0;
  std::deque<jobtracker::Record> journal_;
  std::size_t flushed_ = 0;          // records of the journal that are on the disk
  std::uint64_t durable_ = 0;        // number up to which `sync` records are
  std::uint64_t last_number_ = 0;
  std::uint64_t last_sync_ = 0;
  std::map<std::string, Standing> standing_;
  std::uint64_t calls_ = 0;
  std::uint64_t timer_ = 0;
  std::vector<std::string> before_crash_;
};

}  // namespace mrd::sim
