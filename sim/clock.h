#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.h"

namespace mrd::sim {

// Milliseconds of virtual time. 0 is the beginning of a run.
using Millis = std::int64_t;

// Virtual time: what is to happen and when, the chance of the run, and the trace of what happened. Everything that a
// run does comes from one seed: the same seed gives the same events in the same order. Threads: one.
class Clock {
 public:
  explicit Clock(std::uint64_t seed) : random_(seed) {}
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  Millis now() const { return now_; }
  // Events that ran so far.
  std::uint64_t steps() const { return steps_; }

  // Events of one instant run in the order in which they were given.
  void At(Millis when, std::function<void()> event);
  void After(Millis delay, std::function<void()> event) { At(now_ + delay, std::move(event)); }
  // Runs the next event if it is due at `until` or before. False when there was none: now() is `until` then.
  bool Step(Millis until);
  // Forgets all that was to happen.
  void Clear();

  Random& random() { return random_; }
  bool Chance(double probability) { return random_.NextDouble() < probability; }
  // Uniform in low … high.
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(high - low) + 1));
  }

  // One line of the trace: goes into its hash and is kept for a while, and is printed when `verbose`.
  void Trace(std::string_view who, std::string_view text);
  std::uint64_t trace_hash() const { return hash_; }
  const std::deque<std::string>& last_lines() const { return lines_; }
  void set_verbose(bool verbose) { verbose_ = verbose; }
  void set_lines_kept(std::size_t lines) { lines_kept_ = lines; }

 private:
  struct Event {
    Millis when;
    std::uint64_t order;
    std::function<void()> run;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };

  Random random_;
  Millis now_ = 0;
  std::uint64_t given_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<Event> events_;  // a heap
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
  std::deque<std::string> lines_;
  std::size_t lines_kept_ = 200;
  bool verbose_ = false;
};

}  // namespace mrd::sim
