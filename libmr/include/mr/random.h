// A small generator of one's own, since those of the standard library's distributions differ between libraries.
#pragma once

#include <cstdint>

namespace mr {

// SplitMix64 (Steele, Lea, Flood 2014): every seed gives its own sequence, the same on every machine. Also a generator
// in the sense of <random>.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t operator()() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // 0 … bound-1, evenly; 0 for bound 0.
  std::uint64_t below(std::uint64_t bound) {
    if (bound == 0) return 0;
    const std::uint64_t uneven = (0 - bound) % bound;
    std::uint64_t value = (*this)();
    while (value < uneven) value = (*this)();
    return value % bound;
  }
  // 0 ≤ x < 1, in steps of 2^-53.
  double uniform() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

  static constexpr std::uint64_t min() { return 0; }
  static constexpr std::uint64_t max() { return ~std::uint64_t{0}; }

 private:
  std::uint64_t state_;
};

}  // namespace mr
