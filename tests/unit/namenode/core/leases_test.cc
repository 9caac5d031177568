#include "namenode/core/leases.h"

#include <catch2/catch.hpp>

namespace mrd::namenode {
namespace {

constexpr dfs::InodeId kA{1};
constexpr dfs::InodeId kB{2};
constexpr dfs::InodeId kC{3};

}  // namespace

TEST_CASE("leases: a holder's renewal covers all of its files", "[leases]") {
  LeaseTable leases({.soft_ms = 10, .hard_ms = 100});
  leases.Add("one", kA, 0);
  leases.Add("one", kB, 0);
  leases.Add("two", kC, 0);
  leases.Renew("one", 90);
  leases.Renew("nobody", 90);
  CHECK(leases.Expired(101, 10) == std::vector{kC});
  CHECK_FALSE(leases.SoftLimitPassed("one", 100));
  CHECK(leases.SoftLimitPassed("one", 101));
  CHECK(leases.SoftLimitPassed("nobody", 0));
  CHECK(leases.Expired(191, 10) == std::vector{kC, kA, kB});
  CHECK(leases.Expired(191, 2) == std::vector{kC, kA});
}

TEST_CASE("leases: a file goes from one holder to another, and a lease without files is gone", "[leases]") {
  LeaseTable leases({});
  leases.Add("one", kA, 0);
  CHECK(leases.Holder(kA) == "one");
  leases.Reassign(kA, "two", 5);
  CHECK(leases.Holder(kA) == "two");
  CHECK(leases.holders() == 1);
  leases.Remove(kA);
  leases.Remove(kA);
  CHECK(leases.Holder(kA).empty());
  CHECK(leases.holders() == 0);
}

}  // namespace mrd::namenode
