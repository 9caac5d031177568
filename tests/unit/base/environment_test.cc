#include "common/base/environment.h"

#include <cstdlib>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "tests/support/temporary_dir.h"

namespace mrd {

TEST_CASE("environment: a variable that is unset differs from an empty one", "[environment]") {
  ::unsetenv("MRD_TEST_VARIABLE");
  CHECK_FALSE(EnvironmentVariable("MRD_TEST_VARIABLE").has_value());
  ::setenv("MRD_TEST_VARIABLE", "", 1);
  CHECK(EnvironmentVariable("MRD_TEST_VARIABLE") == "");
  ::unsetenv("MRD_TEST_VARIABLE");
}

TEST_CASE("environment: the home directory is absolute even without HOME", "[environment]") {
  const std::string before = EnvironmentVariable("HOME").value_or("/");
  ::unsetenv("HOME");
  CHECK(HomeDirectory().front() == '/');
  ::setenv("HOME", "/somewhere", 1);
  CHECK(HomeDirectory() == "/somewhere");
  ::setenv("HOME", before.c_str(), 1);
}

TEST_CASE("environment: the current directory is where the process is", "[environment]") {
  const test::TemporaryDir dir;
  const std::string before = CurrentDirectory();
  REQUIRE(::chdir(dir.path().c_str()) == 0);
  CHECK(CurrentDirectory() == dir.path());
  REQUIRE(::chdir(before.c_str()) == 0);
}

TEST_CASE("environment: users have names, unknown ones their number", "[environment]") {
  CHECK(UserName(0) == "root");
  CHECK(GroupName(0) == "root");
  CHECK(UserName(3999999999u) == "3999999999");
  CHECK_FALSE(CurrentUserName().empty());
}

}  // namespace mrd
