#pragma once

#include <cstdint>
#include <mutex>

namespace mrd::datanode {

// How many bytes may pass each second, for all that share it. Half a second's worth may pass at once after a pause.
// Bytes that passed count also when they are more than was left: the next wait for it. So a change of the rate takes
// effect at once for those who wait. Thread-safe.
class ByteRate {
 public:
  explicit ByteRate(std::uint64_t bytes_per_second) : per_second_(bytes_per_second) {}

  void Set(std::uint64_t bytes_per_second);
  std::uint64_t per_second() const;

  // Whether `bytes` may pass at the instant `now_ns`; then they have. If not, ask again in a moment. A rate of 0 lets
  // nothing pass.
  bool Take(std::uint64_t bytes, std::int64_t now_ns);

 private:
  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::uint64_t per_second_;
  double left_ = 0;  // below 0: owed
  std::int64_t seen_ns_ = 0;
};

}  // namespace mrd::datanode
