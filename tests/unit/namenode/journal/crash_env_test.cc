#include "tests/support/crash_env.h"

#include <cerrno>
#include <set>

#include <catch2/catch.hpp>

namespace mrd::test {
namespace {

std::unique_ptr<File> Open(CrashEnv& env, const std::string& path) {
  auto file = env.OpenForUpdate(path);
  REQUIRE(file.ok());
  return *std::move(file);
}

TEST_CASE("crash env: what was flushed stays, and the rest may or may not", "[support]") {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CrashEnv env;
    Random random(seed);
    const auto file = Open(env, "/f");
    REQUIRE(env.SyncDir("/").ok());
    REQUIRE(file->Append(std::string(1024, 'a').data(), 1024).ok());
    REQUIRE(file->Sync().ok());
    REQUIRE(file->WriteAt(0, std::string(1024, 'b').data(), 1024).ok());
    CHECK(*ReadWholeFile(env, "/f") == std::string(1024, 'b'));
    env.Crash(random);
    const std::string left = *ReadWholeFile(env, "/f");
    REQUIRE(left.size() == 1024);
    for (std::size_t i = 0; i < 1024; ++i) REQUIRE(left[i] == left[i / 512 * 512]);
    seen.insert({left[0], left[512]});
    CHECK(file->Append("x", 1).code() == Code::kIo);  // of before the crash
  }
  CHECK(seen == std::set<std::string>{"aa", "ab", "ba", "bb"});
}

TEST_CASE("crash env: a name that was not flushed may be gone, a flushed one is not", "[support]") {
  std::set<bool> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CrashEnv env;
    Random random(seed);
    REQUIRE(env.CreateDir("/d", 0777).ok());
    REQUIRE(env.SyncDir("/").ok());
    REQUIRE(WriteFileDurably(env, "/d/kept", "1").ok());
    const auto file = Open(env, "/d/new");
    REQUIRE(env.Rename("/d/new", "/d/newer").ok());
    env.Crash(random);
    CHECK(*ReadWholeFile(env, "/d/kept") == "1");
    const bool old_name = *Exists(env, "/d/new");
    const bool new_name = *Exists(env, "/d/newer");
    CHECK(!(old_name && new_name));
    seen.insert(old_name || new_name);
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("crash env: it stops at the change it was told, and everything fails until the crash", "[support]") {
  CrashEnv env;
  const auto file = Open(env, "/f");
  env.Stop(3);
  CHECK(file->Append("1", 1).ok());
  CHECK(file->Sync().ok());
  CHECK_FALSE(env.stopped());
  CHECK(file->Append("2", 1).code() == Code::kIo);
  CHECK(env.stopped());
  CHECK_FALSE(env.OpenForRead("/f").ok());
  CHECK_FALSE(env.ListDir("/").ok());
}

TEST_CASE("crash env: a broken directory and a lock", "[support]") {
  CrashEnv env;
  REQUIRE(env.CreateDir("/d", 0777).ok());
  env.Break("/d", ENOSPC);
  CHECK(env.OpenForUpdate("/d/f").status().code() == Code::kResourceExhausted);
  CHECK(env.OpenForUpdate("/f").ok());
  env.Break("/d", 0);
  CHECK(env.OpenForUpdate("/d/f").ok());

  auto lock = env.Lock("/lock");
  REQUIRE(lock.ok());
  CHECK(env.Lock("/lock").status().code() == Code::kUnavailable);
  *lock = nullptr;
  CHECK(env.Lock("/lock").ok());
}

}  // namespace
}  // namespace mrd::test
