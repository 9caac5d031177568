#include "tasktracker/work_dirs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/temporary_dir.h"

namespace mrd::tasktracker {
namespace {

struct Fixture {
  std::string Make() {
    Result<std::string> dir = dirs.Make({place / "a", place / "b"});
    REQUIRE(dir.ok());
    return *dir;
  }

  test::TemporaryDir place;
  WorkDirs dirs{Env::Posix()};
};

TEST_CASE("work dirs: what an attempt leaves empty is the next one's, and nobody's twice", "[workdirs]") {
  Fixture fixture;
  CHECK(fixture.dirs.Take().empty());
  const std::string first = fixture.Make();
  const std::string second = fixture.Make();
  CHECK(first != second);
  CHECK(first.starts_with(fixture.place / "a"));
  CHECK(second.starts_with(fixture.place / "b"));  // disks in turn
  CHECK(fixture.dirs.Take().empty());
  fixture.dirs.Leave(first);
  CHECK(fixture.dirs.Take() == first);
  CHECK(fixture.dirs.Take().empty());
  fixture.dirs.Leave("");
  CHECK(fixture.dirs.Take().empty());
}

TEST_CASE("work dirs: one with anything in it is removed", "[workdirs]") {
  Fixture fixture;
  const std::string dir = fixture.Make();
  SECTION("a file") { REQUIRE(WriteFileDurably(Env::Posix(), dir + "/core", "x").ok()); }
  SECTION("a folder") { REQUIRE(CreateDirs(Env::Posix(), dir + "/deep/er").ok()); }
  SECTION("a link that leads nowhere") { REQUIRE(::symlink("nowhere", (dir + "/link").c_str()) == 0); }
  fixture.dirs.Leave(dir);
  CHECK(fixture.dirs.Take().empty());
  CHECK_FALSE(std::filesystem::exists(dir));
}

TEST_CASE("work dirs: one that is not as it was made is nobody's", "[workdirs]") {
  Fixture fixture;
  const std::string dir = fixture.Make();
  const std::string elsewhere = fixture.place / "elsewhere";
  REQUIRE(CreateDirs(Env::Posix(), elsewhere).ok());
  SECTION("removed") { REQUIRE(::rmdir(dir.c_str()) == 0); }
  SECTION("other rights") { REQUIRE(::chmod(dir.c_str(), 0500) == 0); }
  SECTION("a link to somebody else's in its place") {
    REQUIRE(::rmdir(dir.c_str()) == 0);
    REQUIRE(::symlink(elsewhere.c_str(), dir.c_str()) == 0);
  }
  SECTION("another directory in its place") {
    REQUIRE(::rename(dir.c_str(), (fixture.place / "moved").c_str()) == 0);
    REQUIRE(::mkdir(dir.c_str(), 0777) == 0);
  }
  fixture.dirs.Leave(dir);
  CHECK(fixture.dirs.Take().empty());
  CHECK(std::filesystem::exists(elsewhere));
}

TEST_CASE("work dirs: a disk that takes no directory is passed over", "[workdirs]") {
  Fixture fixture;
  REQUIRE(WriteFileDurably(Env::Posix(), fixture.place / "a", "a file where a directory should be").ok());
  CHECK(fixture.Make().starts_with(fixture.place / "b"));
  CHECK(fixture.Make().starts_with(fixture.place / "b"));
  REQUIRE(WriteFileDurably(Env::Posix(), fixture.place / "c", "as well").ok());
  CHECK_FALSE(fixture.dirs.Make({fixture.place / "a", fixture.place / "c"}).ok());
}

}  // namespace
}  // namespace mrd::tasktracker
