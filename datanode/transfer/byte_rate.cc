#include "datanode/transfer/byte_rate.h"

#include <algorithm>

namespace mrd::datanode {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr double kBurstSeconds = 0.5;

}  // namespace

void ByteRate::Set(std::uint64_t bytes_per_second) {
  const std::lock_guard lock(mutex_);
  // What is owed from a faster time would take a slower one too long.
  if (bytes_per_second < per_second_) left_ = std::max(left_, 0.0);
  per_second_ = bytes_per_second;
}

std::uint64_t ByteRate::per_second() const {
  const std::lock_guard lock(mutex_);
  return per_second_;
}

bool ByteRate::Take(std::uint64_t bytes, std::int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  const auto rate = static_cast<double>(per_second_);
  if (seen_ns_ == 0) left_ = rate * kBurstSeconds;
  const double passed = seen_ns_ == 0 ? 0 : static_cast<double>(std::max<std::int64_t>(now_ns - seen_ns_, 0));
  left_ = std::min(left_ + rate * passed / kNanosPerSecond, rate * kBurstSeconds);
  seen_ns_ = now_ns;
  if (left_ <= 0) return false;
  left_ -= static_cast<double>(bytes);
  return true;
}

}  // namespace mrd::datanode
