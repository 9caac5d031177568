#include "common/daemon/rotating_file.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/temporary_dir.h"

namespace mrd::daemon {
namespace {

std::string Content(const std::string& path) {
  Result<std::string> text = ReadWholeFile(Env::Posix(), path);
  return text.ok() ? *text : "none";
}

TEST_CASE("rotating file: keeps the newest lines in the number of files asked for", "[daemon]") {
  const test::TemporaryDir dir;
  auto file = RotatingFile::Open(Env::Posix(), dir / "log", 10, 3);
  REQUIRE(file.ok());
  for (char c = 'a'; c <= 'f'; ++c) REQUIRE((*file)->Write(std::string(6, c) + "\n").ok());
  CHECK(Content(dir / "log") == "ffffff\n");
  CHECK(Content(dir / "log.1") == "eeeeee\n");
  CHECK(Content(dir / "log.2") == "dddddd\n");
  CHECK(Content(dir / "log.3") == "none");
}

TEST_CASE("rotating file: goes on after what is there, a lone file begins anew", "[daemon]") {
  const test::TemporaryDir dir;
  {
    auto file = RotatingFile::Open(Env::Posix(), dir / "log", 100, 1);
    REQUIRE(file.ok());
    REQUIRE((*file)->Write("one\n").ok());
  }
  auto file = RotatingFile::Open(Env::Posix(), dir / "log", 100, 1);
  REQUIRE(file.ok());
  REQUIRE((*file)->Write("two\n").ok());
  CHECK(Content(dir / "log") == "one\ntwo\n");
  const std::string longer(200, 'x');
  REQUIRE((*file)->Write(longer).ok());
  CHECK(Content(dir / "log") == longer);
}

TEST_CASE("rotating file: a directory that is not there is named", "[daemon]") {
  const test::TemporaryDir dir;
  const auto file = RotatingFile::Open(Env::Posix(), dir / "absent/log", 100, 1);
  CHECK(file.status().code() == Code::kNotFound);
}

}  // namespace
}  // namespace mrd::daemon
