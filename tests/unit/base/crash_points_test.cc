#include "common/base/crash_points.h"

#include <catch2/catch.hpp>

namespace mrd {
namespace {

TEST_CASE("crash points: the armed place alone ends the process, at the pass that was asked for", "[crash_points]") {
  CrashPoints points({"a.before", "b.after"});
  int crashes = 0;
  points.Pass("a.before");  // none is armed
  REQUIRE(points.Arm("a.before:2", [&] { ++crashes; }).ok());
  points.Pass("b.after");
  points.Pass("a.before");
  CHECK(crashes == 0);
  points.Pass("a.before");
  CHECK(crashes == 1);
  points.Pass("a.before");  // a process ends once
  CHECK(crashes == 1);
  REQUIRE(points.Arm("").ok());
  points.Pass("a.before");
  CHECK(crashes == 1);
}

TEST_CASE("crash points: an unknown place is refused with those that exist", "[crash_points]") {
  CrashPoints points({"a.before", "b.after"});
  const Status unknown = points.Arm("c.before");
  CHECK(unknown.code() == Code::kInvalidArgument);
  CHECK(unknown.message().find("a.before b.after") != std::string::npos);
  CHECK(points.Arm("a.before:0").code() == Code::kInvalidArgument);
  CHECK(points.Arm("a.before:x").code() == Code::kInvalidArgument);
  CHECK_FALSE(CrashPoints::None().Arm("a.before").ok());
}

}  // namespace
}  // namespace mrd
