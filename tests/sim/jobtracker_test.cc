// A thousand clusters of the jobtracker's core and modelled trackers, each from its seed, with everything going wrong that
// the model knows: every promise of sim/jobtracker_run.h is kept.

#include <catch2/catch.hpp>

#include "sim/jobtracker_run.h"

namespace mrd::sim::test {
namespace {

constexpr std::uint64_t kSeeds = 1'000;

TEST_CASE("simulation: a thousand clusters end all their jobs right", "[sim]") {
  JobtrackerRunOptions options;
  std::uint64_t jobs = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t attempts = 0;
  std::uint64_t restarts = 0;
  std::uint64_t failed_fetches = 0;
  for (options.seed = 1; options.seed <= kSeeds; ++options.seed) {
    const JobtrackerRunOutcome outcome = RunJobtracker(options);
    jobs += outcome.jobs;
    succeeded += outcome.succeeded;
    attempts += outcome.attempts;
    restarts += outcome.restarts;
    failed_fetches += outcome.failed_fetches;
    INFO("seed " << options.seed);
    CHECK(outcome.fault == "");
  }
  // A simulator in which nothing happens keeps every promise, too.
  CHECK(jobs > kSeeds * 3);
  CHECK(succeeded > jobs / 2);
  CHECK(attempts > kSeeds * 40);
  CHECK(restarts > kSeeds);
  CHECK(failed_fetches > kSeeds / 10);
}

TEST_CASE("simulation: the same seed gives the same jobs, another one others", "[sim]") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    JobtrackerRunOptions options;
    options.seed = seed;
    const JobtrackerRunOutcome first = RunJobtracker(options);
    const JobtrackerRunOutcome second = RunJobtracker(options);
    CHECK(first.steps == second.steps);
    CHECK(first.attempts == second.attempts);
    CHECK(first.trace_hash == second.trace_hash);
    options.seed = seed + 1'000;
    CHECK(RunJobtracker(options).trace_hash != first.trace_hash);
  }
}

}  // namespace
}  // namespace mrd::sim::test
