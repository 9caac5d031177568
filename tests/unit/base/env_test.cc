// One contract for every Env: the real disk, and the faulty one while it has no faults.
#include "common/base/env.h"

#include <cstdlib>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/faulty_env.h"
#include "tests/support/temporary_dir.h"

namespace mrd {
namespace {

std::string Content(Env& env, const std::string& path) {
  Result<std::string> content = ReadWholeFile(env, path);
  return content.ok() ? *content : content.status().ToString();
}

void Write(Env& env, const std::string& path, std::string_view content) {
  auto file = env.CreateOrTruncate(path);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append(content.data(), content.size()).ok());
  REQUIRE((*file)->Close().ok());
}

std::vector<std::string> Names(Env& env, const std::string& path) {
  std::vector<std::string> names;
  auto entries = env.ListDir(path);
  REQUIRE(entries.ok());
  for (const FileInfo& entry : *entries) names.push_back(entry.name);
  return names;
}

void CheckFiles(Env& env, const test::TemporaryDir& dir) {
  SECTION("what is appended is read back at any offset") {
    auto file = env.Create(dir / "f");
    REQUIRE(file.ok());
    REQUIRE((*file)->Append("hello ", 6).ok());
    REQUIRE((*file)->Append("world", 5).ok());
    char buffer[32];
    CHECK(*(*file)->ReadAt(6, buffer, sizeof(buffer)) == 5);
    CHECK(std::string(buffer, 5) == "world");
    CHECK(*(*file)->ReadAt(0, buffer, 4) == 4);
    CHECK(*(*file)->ReadAt(11, buffer, 4) == 0);
    CHECK(*(*file)->ReadAt(1000, buffer, 4) == 0);
    CHECK(*(*file)->Size() == 11);
    CHECK((*file)->Sync().ok());
    CHECK((*file)->Close().ok());
    CHECK((*file)->Close().ok());
    CHECK(Content(env, dir / "f") == "hello world");
  }
  SECTION("a file that is there is not created again, but may be emptied") {
    Write(env, dir / "f", "old");
    CHECK(env.Create(dir / "f").status().code() == Code::kAlreadyExists);
    CHECK(Content(env, dir / "f") == "old");
    Write(env, dir / "f", "n");
    CHECK(Content(env, dir / "f") == "n");
  }
  SECTION("a missing file and a directory are refused by name") {
    const Status missing = env.OpenForRead(dir / "none").status();
    CHECK(missing.code() == Code::kNotFound);
    CHECK(missing.message() == "open " + (dir / "none") + ": No such file or directory");
    const Status directory = env.OpenForRead(dir.path()).status();
    CHECK(directory.code() == Code::kInvalidArgument);
    CHECK_THAT(directory.message(), Catch::Contains("is a directory"));
  }
  SECTION("a named pipe is refused instead of waited for") {
    REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
    CHECK(env.OpenForRead(dir / "pipe").status().code() == Code::kInvalidArgument);
  }
  SECTION("a full device is reported with path and reason") {
    auto file = env.CreateOrTruncate("/dev/full");
    REQUIRE(file.ok());
    const Status status = (*file)->Append("x", 1);
    CHECK(status.code() == Code::kResourceExhausted);
    CHECK(status.message() == "write /dev/full at 0: No space left on device");
  }
  SECTION("files whose size says 0 are read whole") {
    CHECK_THAT(Content(env, "/proc/self/status"), Catch::Contains("Name:"));
  }
}

void CheckNames(Env& env, const test::TemporaryDir& dir) {
  SECTION("rename replaces, rename-new refuses") {
    Write(env, dir / "a", "a");
    Write(env, dir / "b", "b");
    CHECK(env.RenameNew(dir / "a", dir / "b").code() == Code::kAlreadyExists);
    CHECK(Content(env, dir / "b") == "b");
    CHECK(env.Rename(dir / "a", dir / "b").ok());
    CHECK(Content(env, dir / "b") == "a");
    CHECK(env.RenameNew(dir / "b", dir / "c").ok());
    CHECK(Names(env, dir.path()) == std::vector<std::string>{"c"});
    CHECK(env.Rename(dir / "none", dir / "d").code() == Code::kNotFound);
  }
  SECTION("rename-new does not replace even an empty directory") {
    REQUIRE(env.CreateDir(dir / "a").ok());
    REQUIRE(env.CreateDir(dir / "b").ok());
    CHECK(env.RenameNew(dir / "a", dir / "b").code() == Code::kAlreadyExists);
  }
  SECTION("a listing is sorted and tells types and sizes") {
    Write(env, dir / "b", "12345");
    REQUIRE(env.CreateDir(dir / "a").ok());
    REQUIRE(env.Symlink("b", dir / "c").ok());
    const auto entries = env.ListDir(dir.path());
    REQUIRE(entries.ok());
    REQUIRE(entries->size() == 3);
    CHECK((*entries)[0].type == FileType::kDirectory);
    CHECK((*entries)[1].name == "b");
    CHECK((*entries)[1].size_bytes == 5);
    CHECK((*entries)[1].modified_ms > 1'500'000'000'000);
    CHECK((*entries)[2].type == FileType::kOther);
    CHECK(env.Stat(dir / "c")->size_bytes == 5);
    CHECK(env.LinkStat(dir / "c")->type == FileType::kOther);
    CHECK(*env.RealPath(dir / "a/../c") == dir / "b");
    CHECK(env.RealPath(dir / "none").status().code() == Code::kNotFound);
    CHECK(env.ListDir(dir / "none").status().code() == Code::kNotFound);
  }
  SECTION("directories are made once and removed when empty") {
    REQUIRE(env.CreateDir(dir / "a").ok());
    CHECK(env.CreateDir(dir / "a").code() == Code::kAlreadyExists);
    Write(env, dir / "a/f", "");
    CHECK_FALSE(env.RemoveDir(dir / "a").ok());
    CHECK(env.RemoveFile(dir / "a/f").ok());
    CHECK(env.RemoveDir(dir / "a").ok());
    CHECK(env.RemoveFile(dir / "a").code() == Code::kNotFound);
  }
  SECTION("modes are set and told") {
    Write(env, dir / "f", "");
    REQUIRE(env.SetMode(dir / "f", 0640).ok());
    CHECK(env.Stat(dir / "f")->mode == 0640);
  }
  SECTION("a lock is held by one until it is dropped") {
    auto lock = env.Lock(dir / "lock");
    REQUIRE(lock.ok());
    const Status second = env.Lock(dir / "lock").status();
    CHECK(second.code() == Code::kUnavailable);
    CHECK_THAT(second.message(), Catch::Contains(dir / "lock"));
    lock->reset();
    CHECK(env.Lock(dir / "lock").ok());
  }
}

void CheckCompositions(Env& env, const test::TemporaryDir& dir) {
  SECTION("parents are made, twice is fine, a file in the way is named") {
    CHECK(CreateDirs(env, dir / "a/b/c/").ok());
    CHECK(CreateDirs(env, dir / "a/b/c").ok());
    CHECK(env.Stat(dir / "a/b/c")->type == FileType::kDirectory);
    Write(env, dir / "f", "");
    CHECK(CreateDirs(env, dir / "f").code() == Code::kAlreadyExists);
    const Status below = CreateDirs(env, dir / "f/x");
    CHECK(below.code() == Code::kFailedPrecondition);
    CHECK_THAT(below.message(), Catch::Contains((dir / "f") + " is not a directory"));
  }
  SECTION("a tree is removed, what its links lead to stays") {
    REQUIRE(CreateDirs(env, dir / "tree/x/y").ok());
    REQUIRE(CreateDirs(env, dir / "kept").ok());
    Write(env, dir / "kept/f", "1");
    Write(env, dir / "tree/x/y/f", "2");
    REQUIRE(env.Symlink(dir / "kept", dir / "tree/x/link").ok());
    REQUIRE(env.Symlink("nowhere", dir / "tree/dangling").ok());
    CHECK(RemoveTree(env, dir / "tree").ok());
    CHECK(RemoveTree(env, dir / "tree").ok());
    CHECK(Names(env, dir.path()) == std::vector<std::string>{"kept"});
    CHECK(Content(env, dir / "kept/f") == "1");
  }
  SECTION("existence") {
    CHECK_FALSE(*Exists(env, dir / "f"));
    Write(env, dir / "f", "");
    CHECK(*Exists(env, dir / "f"));
    CHECK_FALSE(*Exists(env, dir / "f/below-a-file"));
  }
  SECTION("a durable write replaces the content and leaves nothing else") {
    CHECK(WriteFileDurably(env, dir / "f", "one").ok());
    CHECK(WriteFileDurably(env, dir / "f", "two").ok());
    CHECK(Content(env, dir / "f") == "two");
    CHECK(Names(env, dir.path()) == std::vector<std::string>{"f"});
  }
}

void CheckContract(Env& env) {
  const test::TemporaryDir dir;
  CheckFiles(env, dir);
  CheckNames(env, dir);
  CheckCompositions(env, dir);
}

}  // namespace

TEST_CASE("env: the contract holds on the real disk", "[env]") { CheckContract(Env::Posix()); }

TEST_CASE("env: the contract holds on a faulty env without faults", "[env]") {
  test::FaultyEnv env(Env::Posix());
  CheckContract(env);
  CHECK(env.faults() == 0);
}

TEST_CASE("env: whichever call of a durable write fails, the old content or the new is there whole",
          "[env]") {
  for (const auto duration :
       {test::FaultyEnv::Duration::kOnce, test::FaultyEnv::Duration::kFromThenOn}) {
    bool reached_the_end = false;
    for (std::uint64_t n = 1; !reached_the_end; ++n) {
      REQUIRE(n < 100);
      const test::TemporaryDir dir;
      REQUIRE(WriteFileDurably(Env::Posix(), dir / "f", "old").ok());
      test::FaultyEnv env(Env::Posix());
      env.FailCall(n, EIO, duration);
      const Status status = WriteFileDurably(env, dir / "f", "new content");
      reached_the_end = env.faults() == 0;
      INFO("call " << n << ", " << env.last_fault());
      const std::string content = Content(Env::Posix(), dir / "f");
      CHECK(status.ok() == reached_the_end);
      CHECK((content == "old" || content == "new content"));
      if (status.ok()) CHECK(content == "new content");
      if (!status.ok()) CHECK_THAT(status.message(), Catch::Contains(dir.path()));
      // A single fault leaves no temporary file.
      if (duration == test::FaultyEnv::Duration::kOnce) {
        CHECK(Names(Env::Posix(), dir.path()) == std::vector<std::string>{"f"});
      }
    }
  }
}

TEST_CASE("env: removing a tree goes on after a failure and reports it", "[env]") {
  const test::TemporaryDir dir;
  Env& disk = Env::Posix();
  REQUIRE(CreateDirs(disk, dir / "t").ok());
  for (const char* name : {"t/a", "t/b", "t/c"}) Write(disk, dir / name, "");
  test::FaultyEnv env(disk);
  env.FailCall(4, EIO);  // stat t, list t, stat a, remove a
  const Status status = RemoveTree(env, dir / "t");
  CHECK(env.last_fault() == "remove " + (dir / "t/a"));
  CHECK(status.code() == Code::kIo);
  CHECK(Names(disk, dir / "t") == std::vector<std::string>{"a"});
}

}  // namespace mrd
