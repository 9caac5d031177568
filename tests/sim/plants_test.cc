// The checkers can fail: a fault that is built into the model is found within a few seeds, and by the check that is
// there for it. A simulator that never finds anything shows nothing.

#include <catch2/catch.hpp>

#include "sim/run.h"

namespace mrd::sim::test {
namespace {

// The first broken promise; "" when none of so many seeds found one.
std::string Found(Plant plant, std::uint64_t seeds, RunOutcome* outcome = nullptr) {
  RunOptions options;
  options.plant = plant;
  for (options.seed = 1; options.seed <= seeds; ++options.seed) {
    const RunOutcome run = Run(options);
    if (run.fault.empty()) continue;
    if (outcome != nullptr) *outcome = run;
    return Describe(options, run);
  }
  return "";
}

TEST_CASE("plants: datanodes that acknowledge what they do not keep are found", "[sim]") {
  CHECK_FALSE(Found(Plant::kAckBeforeStore, 20).empty());
}

TEST_CASE("plants: a journal that loses records which it called durable is found", "[sim]") {
  CHECK_FALSE(Found(Plant::kJournalLies, 50).empty());
}

TEST_CASE("plants: a namenode that answers before the flush is found", "[sim]") {
  CHECK_FALSE(Found(Plant::kReplyBeforeFlush, 300).empty());
}

TEST_CASE("plants: datanodes that delete another replica than they were told are found", "[sim]") {
  CHECK_FALSE(Found(Plant::kDeleteAtWill, 20).empty());
}

TEST_CASE("plants: a namenode that carries repeated calls out again is found", "[sim]") {
  CHECK_FALSE(Found(Plant::kNoRetryCache, 300).empty());
}

TEST_CASE("plants: datanodes that copy nothing are found, since blocks stay without replicas", "[sim]") {
  CHECK_FALSE(Found(Plant::kSilentDatanodes, 20).empty());
}

TEST_CASE("plants: what is found is told with seed, step, the last events and how to see it again", "[sim]") {
  RunOutcome outcome;
  const std::string text = Found(Plant::kDeleteAtWill, 20, &outcome);
  CHECK(outcome.fault_step > 0);
  CHECK(outcome.last_lines.size() > 10);
  CHECK(text.find(outcome.last_lines.back()) != std::string::npos);
  CHECK(text.find("step " + std::to_string(outcome.fault_step) + ": " + outcome.fault) != std::string::npos);
  CHECK(text.find("mrd_sim --seed ") != std::string::npos);
  CHECK(text.find("--plant delete-at-will") != std::string::npos);
}

TEST_CASE("plants: each has the name by which mrd_sim takes it", "[sim]") {
  for (int i = 0; i <= static_cast<int>(Plant::kSilentDatanodes); ++i) {
    const auto plant = static_cast<Plant>(i);
    CHECK(PlantNamed(PlantName(plant)) == plant);
  }
  CHECK_FALSE(PlantNamed("nonsense"));
}

}  // namespace
}  // namespace mrd::sim::test
