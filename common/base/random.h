#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace mrd {

// A deterministic generator: xoshiro256**, its state filled from the seed by splitmix64 (Blackman and Vigna,
// "Scrambled linear pseudorandom number generators", 2021). The sequence of a seed never changes, on any machine.
// Not for secrets. One thread at a time.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t Next();
  // Uniform in 0 … bound-1, without bias. REQUIRES: bound > 0.
  std::uint64_t Below(std::uint64_t bound);
  // Uniform in [0, 1), a multiple of 2^-53.
  double NextDouble();

 private:
  std::array<std::uint64_t, 4> state_;
};

// A version 4 UUID: "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".
std::string RandomUuid(Random& random);

// A seed that differs at each call and on each machine, from the kernel.
std::uint64_t SystemSeed();

// One step of splitmix64: mixes a counter or seed into 64 well spread bits.
std::uint64_t SplitMix64(std::uint64_t& state);

}  // namespace mrd
