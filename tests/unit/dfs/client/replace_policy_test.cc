#include "dfs/client/replace_policy.h"

#include <catch2/catch.hpp>

namespace mrd::dfs::client {
namespace {

bool Wants(const ReplacePolicy& policy, std::size_t replication, std::size_t left, bool visible) {
  return policy.Wants({.replication = replication, .nodes_left = left, .appended_or_flushed = visible});
}

TEST_CASE("replace policy: DEFAULT acts from three replicas on, when half is lost or bytes are visible", "[dfs][client]") {
  const ReplacePolicy policy;
  CHECK_FALSE(Wants(policy, 1, 0, true));
  CHECK_FALSE(Wants(policy, 2, 1, true));
  CHECK(Wants(policy, 3, 1, false));
  CHECK_FALSE(Wants(policy, 3, 2, false));
  CHECK(Wants(policy, 3, 2, true));
  CHECK_FALSE(Wants(policy, 3, 3, true));
  CHECK_FALSE(Wants(policy, 3, 0, true));
  CHECK(Wants(policy, 4, 2, false));
  CHECK_FALSE(Wants(policy, 4, 3, false));
}

TEST_CASE("replace policy: ALWAYS, NEVER and switched off", "[dfs][client]") {
  ReplacePolicy policy;
  policy.condition = ReplacePolicy::Condition::kAlways;
  CHECK(Wants(policy, 2, 1, false));
  CHECK_FALSE(Wants(policy, 2, 2, false));
  policy.enabled = false;
  CHECK_FALSE(Wants(policy, 3, 1, true));
  policy.enabled = true;
  policy.condition = ReplacePolicy::Condition::kNever;
  CHECK_FALSE(Wants(policy, 3, 1, true));
}

TEST_CASE("replace policy: who may go on with fewer", "[dfs][client]") {
  ReplacePolicy policy;
  CHECK_FALSE(policy.MayGoOnWith(2));
  policy.min_replication = 2;
  CHECK(policy.MayGoOnWith(2));
  CHECK_FALSE(policy.MayGoOnWith(1));
  policy.best_effort = true;
  CHECK(policy.MayGoOnWith(1));
}

TEST_CASE("replace policy: the names of conditions", "[dfs][client]") {
  CHECK(*ParseReplaceCondition("default") == ReplacePolicy::Condition::kDefault);
  CHECK(*ParseReplaceCondition("ALWAYS") == ReplacePolicy::Condition::kAlways);
  CHECK(*ParseReplaceCondition("Never") == ReplacePolicy::Condition::kNever);
  CHECK(ParseReplaceCondition("often").status().message() == "\"often\" is none of DEFAULT, ALWAYS, NEVER");
}

}  // namespace
}  // namespace mrd::dfs::client
