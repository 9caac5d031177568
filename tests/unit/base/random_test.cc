#include "common/base/random.h"

#include <array>

#include <catch2/catch.hpp>

namespace mrd {

TEST_CASE("random: splitmix64 gives the published sequence", "[random]") {
  std::uint64_t state = 1234567;
  CHECK(SplitMix64(state) == 6457827717110365317u);
  CHECK(SplitMix64(state) == 3203168211198807973u);
  CHECK(SplitMix64(state) == 9817491932198370423u);
}

TEST_CASE("random: equal seeds give equal sequences, different seeds others", "[random]") {
  Random a(42), b(42), c(43);
  bool all_equal = true;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = a.Next();
    CHECK(value == b.Next());
    all_equal = all_equal && value == c.Next();
  }
  CHECK_FALSE(all_equal);
}

TEST_CASE("random: a seed's sequence is a promise", "[random]") {
  Random random(1);
  CHECK(random.Next() == 12966619160104079557u);
  CHECK(random.Next() == 9600361134598540522u);
}

TEST_CASE("random: Below stays below and reaches every value about equally often", "[random]") {
  Random random(7);
  std::array<int, 6> counts{};
  constexpr int kDraws = 60'000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = random.Below(6);
    REQUIRE(value < 6);
    ++counts[value];
  }
  // Five standard deviations of a fair die.
  for (const int count : counts) CHECK(std::abs(count - kDraws / 6) < 5 * 92);
  CHECK(random.Below(1) == 0);
}

TEST_CASE("random: NextDouble lies in the half-open unit interval", "[random]") {
  Random random(9);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.NextDouble();
    REQUIRE(value >= 0);
    REQUIRE(value < 1);
    sum += value;
  }
  CHECK(sum == Approx(5000).margin(150));
}

}  // namespace mrd
