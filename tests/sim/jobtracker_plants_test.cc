// The checks of the jobtracker's simulator can fail: what is built in on purpose is found within a few seeds, and by the
// check that is there for it.

#include <catch2/catch.hpp>

#include <string>

#include "sim/jobtracker_run.h"

namespace mrd::sim::test {
namespace {

// The first broken promise; "" when none of so many seeds found one.
std::string Found(JobtrackerPlant plant, std::uint64_t seeds) {
  JobtrackerRunOptions options;
  options.plant = plant;
  for (options.seed = 1; options.seed <= seeds; ++options.seed) {
    const JobtrackerRunOutcome run = RunJobtracker(options);
    if (!run.fault.empty()) return run.fault;
  }
  return "";
}

TEST_CASE("jobtracker plants: grants that the journal forgets are found", "[sim]") {
  CHECK_FALSE(Found(JobtrackerPlant::kForgetsGrants, 200).empty());
}

TEST_CASE("jobtracker plants: ends that the journal forgets are refused by the next start", "[sim]") {
  CHECK_THAT(Found(JobtrackerPlant::kForgetsEnds, 50), Catch::Contains("does not fit what was written before"));
}

TEST_CASE("jobtracker plants: grants that do not name who had them are found in the output", "[sim]") {
  CHECK_THAT(Found(JobtrackerPlant::kForgetsSuperseded, 300), Catch::Contains("published by"));
}

TEST_CASE("jobtracker plants: orders that leave before the flush are found", "[sim]") {
  CHECK_FALSE(Found(JobtrackerPlant::kOrdersBeforeFlush, 1'000).empty());
}

}  // namespace
}  // namespace mrd::sim::test
