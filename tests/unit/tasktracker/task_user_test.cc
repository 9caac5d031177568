#include "tasktracker/task_user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_dir.h"

namespace mrd::tasktracker {
namespace {

// Nobody's, so that the mode for others counts.
Account Stranger() { return {.name = "stranger", .uid = 54'321, .gid = 54'321}; }

TEST_CASE("task user: unset, attempts run as the tracker", "[user]") {
  const Result<TaskUser> user = TaskUser::Make("");
  REQUIRE(user.ok());
  CHECK_FALSE(user->For("ann").value());
}

TEST_CASE("task user: only root can give its rights up, and nobody gets them", "[user]") {
  if (::geteuid() != 0) {
    for (const char* word : {"nobody", "submitter"}) {
      const Result<TaskUser> user = TaskUser::Make(word);
      CHECK(user.status().code() == Code::kFailedPrecondition);
      CHECK(user.status().message().find("needs a tasktracker that was started as root") != std::string::npos);
    }
    return;
  }
  const Result<TaskUser> fixed = TaskUser::Make("nobody");
  REQUIRE(fixed.ok());
  const Account nobody = fixed->For("ann").value().value();
  CHECK(nobody.name == "nobody");
  CHECK(nobody.uid == FindAccount("nobody")->uid);
  CHECK(TaskUser::Make("root").status().message().find("do not run as root") != std::string::npos);
  CHECK(TaskUser::Make("no-such-user").status().message().find("no user no-such-user") != std::string::npos);

  const Result<TaskUser> submitters = TaskUser::Make("submitter");
  REQUIRE(submitters.ok());
  CHECK(submitters->For("nobody").value()->name == "nobody");
  CHECK(submitters->For("root").status().code() == Code::kFailedPrecondition);
  CHECK(submitters->For("no-such-user").status().code() == Code::kFailedPrecondition);
}

TEST_CASE("task user: a directory on the way that is closed is named", "[user]") {
  test::TemporaryDir dir;
  const std::string outer = dir / "outer";
  const std::string inner = outer + "/inner";
  REQUIRE(::mkdir(outer.c_str(), 0755) == 0);
  REQUIRE(::mkdir(inner.c_str(), 0755) == 0);
  REQUIRE(::chmod((dir / ".").c_str(), 0711) == 0);
  CHECK(CheckReachable(inner, Stranger()).ok());
  REQUIRE(::chmod(outer.c_str(), 0700) == 0);
  const Status closed = CheckReachable(inner, Stranger());
  CHECK(closed.code() == Code::kPermissionDenied);
  CHECK(closed.message().find("may not enter " + outer + ",") != std::string::npos);
  if (::geteuid() != 0) return;
  REQUIRE(GiveDirectory(outer, Stranger()).ok());
  CHECK(CheckReachable(outer, Stranger()).ok());
  struct stat given {};
  REQUIRE(::stat(outer.c_str(), &given) == 0);
  CHECK(given.st_uid == 54'321);
  CHECK((given.st_mode & 0777) == 0700);
}

}  // namespace
}  // namespace mrd::tasktracker
