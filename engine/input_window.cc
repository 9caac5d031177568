#include "engine/input_window.h"

#include <algorithm>

namespace mrd::engine {

namespace {

// What the mapper gets at once should keep it this long at most.
constexpr std::int64_t kLongNanos = 50'000'000;

// `of` records hold `whole`; how much of that the first `part` of them hold.
std::uint64_t Share(std::uint64_t whole, std::uint64_t part, std::uint64_t of) {
  if (part == of) return whole;
  return static_cast<std::uint64_t>(static_cast<double>(whole) * static_cast<double>(part) / static_cast<double>(of));
}

}  // namespace

void InputWindow::Put(const RecordBatch& batch, std::uint64_t position_before, std::uint64_t position_after) {
  left_ = batch;
  last_count_ = batch.count;
  put_ += batch.count;
  position_before_ = position_before;
  position_after_ = std::max(position_after, position_before);
}

InputWindow::Taken InputWindow::Take() {
  const std::uint64_t first = put_ - left_.count;
  while (next_skip_ < skips_.size() && skips_[next_skip_].first + skips_[next_skip_].count <= first) ++next_skip_;
  std::uint64_t count = left_.count;
  bool give = true;
  if (next_skip_ < skips_.size()) {
    const SkipRange& skip = skips_[next_skip_];
    give = skip.first > first;
    count = std::min(count, give ? skip.first - first : skip.first + skip.count - first);
  }
  if (give) count = std::min(count, at_once_);
  const std::uint64_t held = Share(left_.holds, count, left_.count);
  const Taken taken{{left_.records, static_cast<std::size_t>(count), held}, first, !give};
  (give ? input_records_ : skipped_) += give ? held : count;
  with_mapper_ = give ? count : 0;
  left_.records += count;
  left_.count -= static_cast<std::size_t>(count);
  left_.holds -= held;
  return taken;
}

void InputWindow::Done(std::int64_t now_nanos) {
  if (with_mapper_ == 0) return;
  const std::int64_t took = now_nanos - given_at_;
  if (took > kLongNanos) {
    at_once_ = std::max<std::uint64_t>(Share(with_mapper_, static_cast<std::uint64_t>(kLongNanos),
                                             static_cast<std::uint64_t>(took)),
                                       1);
  } else if (at_once_ != kUnlimited && took < kLongNanos / 2) {
    at_once_ = at_once_ > kUnlimited / 2 ? kUnlimited : at_once_ * 2;
  }
  with_mapper_ = 0;
}

std::uint64_t InputWindow::position() const {
  if (left_.count == 0) return position_after_;
  return position_before_ + Share(position_after_ - position_before_, last_count_ - left_.count, last_count_);
}

}  // namespace mrd::engine
