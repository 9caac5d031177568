// A thousand clusters, each from its seed, with everything going wrong that the simulator knows: every promise is kept.
// What fails here fails again with `mrd_sim --seed N --verbose`.

#include <catch2/catch.hpp>

#include "sim/run.h"

namespace mrd::sim::test {
namespace {

constexpr std::uint64_t kSeeds = 1'000;

TEST_CASE("simulation: a thousand clusters keep every promise", "[sim]") {
  RunOptions options;
  std::uint64_t steps = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t excused = 0;
  for (options.seed = 1; options.seed <= kSeeds; ++options.seed) {
    const RunOutcome outcome = Run(options);
    steps += outcome.steps;
    acknowledged += outcome.acknowledged;
    excused += outcome.excused ? 1 : 0;
    if (!outcome.fault.empty()) FAIL_CHECK(Describe(options, outcome));
  }
  // A simulator in which nothing happens keeps every promise, too.
  CHECK(steps > kSeeds * 2'000);
  CHECK(acknowledged > kSeeds * 50);
  // Nor may many be excused.
  CHECK(excused < kSeeds / 15);
}

TEST_CASE("simulation: the same seed gives the same run, another one another", "[sim]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RunOptions options;
    options.seed = seed;
    const RunOutcome first = Run(options);
    const RunOutcome second = Run(options);
    CHECK(first.trace_hash == second.trace_hash);
    CHECK(first.steps == second.steps);
    CHECK(first.last_lines == second.last_lines);
    options.seed = seed + 1'000;
    CHECK(Run(options).trace_hash != first.trace_hash);
  }
}

}  // namespace
}  // namespace mrd::sim::test
