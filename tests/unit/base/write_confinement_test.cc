#include "common/base/write_confinement.h"

#include <cerrno>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_dir.h"

namespace mrd {
namespace {

// 0, or the error number.
int Create(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

// In a process of its own, since nothing gives the rights back. The number of the first check that does not hold.
template <typename Checks>
int InChild(Checks checks) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(checks());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_CASE("write confinement: below the directories everything, elsewhere nothing but reading", "[confinement]") {
  if (!CanConfineWrites().ok()) {
    WARN("skipped: " << CanConfineWrites().message());
    return;
  }
  test::TemporaryDir dir;
  const std::string inside = dir / "inside";
  const std::string outside = dir / "outside";
  REQUIRE(::mkdir(inside.c_str(), 0700) == 0);
  REQUIRE(::mkdir(outside.c_str(), 0700) == 0);
  REQUIRE(Create(outside + "/old") == 0);
  REQUIRE(Create(outside + "/open") == 0);
  CHECK(InChild([&] {
          const int open = ::open((outside + "/open").c_str(), O_WRONLY);
          if (!ConfineWrites({inside, dir / "absent"}).ok()) return 1;
          if (Create(inside + "/new") != 0 || Create(inside + "/new") != 0) return 2;
          if (::mkdir((inside + "/deep").c_str(), 0700) != 0 || Create(inside + "/deep/new") != 0) return 3;
          if (::rename((inside + "/new").c_str(), (inside + "/deep/moved").c_str()) != 0) return 4;
          if (::unlink((inside + "/deep/moved").c_str()) != 0) return 5;
          if (Create("/dev/null") != 0) return 6;
          if (Create(outside + "/new") != EACCES || Create(outside + "/old") != EACCES) return 7;
          if (::mkdir((outside + "/deep").c_str(), 0700) == 0 || ::unlink((outside + "/old").c_str()) == 0) return 8;
          if (::rename((inside + "/deep/new").c_str(), (outside + "/moved").c_str()) == 0) return 9;
          if (::open((outside + "/old").c_str(), O_RDONLY) < 0) return 10;
          if (::write(open, "x", 1) != 1) return 11;
          // What it starts is confined as well, and cannot free itself.
          return InChild([&] { return Create(outside + "/new") == EACCES ? 0 : 12; });
        }) == 0);
  CHECK(Create(outside + "/new") == 0);  // this process is not concerned
}

}  // namespace
}  // namespace mrd
