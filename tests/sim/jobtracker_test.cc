// A thousand clusters of the jobtracker's core and modelled trackers, each from its seed, with everything going wrong that
// the model knows: every promise of sim/jobtracker_run.h is kept.

#include <catch2/catch.hpp>

#include <cstdio>

#include "sim/jobtracker_load.h"
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

TEST_CASE("simulation: a thousand trackers and a hundred thousand tasks", "[sim]") {
  const JobtrackerLoadOptions options;
  const JobtrackerLoadOutcome outcome = RunJobtrackerLoad(options);
  std::printf("1,000 trackers, %llu attempts: %.2f us each to decide, %.2f us to order; %.1f s, CPU %.1f s; %.1f %% near\n",
              static_cast<unsigned long long>(outcome.attempts), outcome.micros_per_decision, outcome.micros_of_orders,
              outcome.real_seconds, outcome.cpu_seconds,
              100.0 * static_cast<double>(outcome.near) / static_cast<double>(outcome.attempts));
  const std::uint64_t tasks = std::uint64_t{options.jobs} * (options.maps + options.reduces);
  CHECK(outcome.succeeded == options.jobs);
  CHECK(outcome.attempts >= tasks);
  CHECK(outcome.attempts < tasks + tasks / 20);
  CHECK(outcome.near > tasks * 8 / 10);
  // A bound for any machine, a busy one too; sim/README.md has what was measured.
  CHECK(outcome.real_seconds < 30);
}

}  // namespace
}  // namespace mrd::sim::test
