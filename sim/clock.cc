#include "sim/clock.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace mrd::sim {

void Clock::At(Millis when, std::function<void()> event) {
  events_.push_back({std::max(when, now_), given_++, std::move(event)});
  std::push_heap(events_.begin(), events_.end(), Later());
}

bool Clock::Step(Millis until) {
  if (events_.empty() || events_.front().when > until) {
    now_ = std::max(now_, until);
    return false;
  }
  std::pop_heap(events_.begin(), events_.end(), Later());
  const Event event = std::move(events_.back());
  events_.pop_back();
  now_ = event.when;
  ++steps_;
  event.run();
  return true;
}

void Clock::Clear() { events_.clear(); }

void Clock::Trace(std::string_view who, std::string_view text) {
  std::string line = std::to_string(now_);
  line.append(" ").append(who).append(" ").append(text);
  for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  if (verbose_) std::printf("%s\n", line.c_str());
  lines_.push_back(std::move(line));
  if (lines_.size() > lines_kept_) lines_.pop_front();
}

}  // namespace mrd::sim
