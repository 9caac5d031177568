#include "tests/support/faulty_env.h"

#include <atomic>
#include <cerrno>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/support/temporary_dir.h"

namespace mrd::test {

TEST_CASE("faulty env: the chosen call fails with the chosen error, once", "[faulty_env]") {
  const TemporaryDir dir;
  FaultyEnv env(Env::Posix());
  env.FailCall(2, ENOSPC);
  auto file = env.Create(dir / "f");
  REQUIRE(file.ok());
  const Status failed = (*file)->Append("lost", 4);
  CHECK(failed.code() == Code::kResourceExhausted);
  CHECK(failed.message() == "append " + (dir / "f") + ": No space left on device");
  CHECK((*file)->Append("kept", 4).ok());
  CHECK((*file)->Close().ok());
  CHECK(env.calls() == 4);
  CHECK(env.faults() == 1);
  CHECK(*ReadWholeFile(Env::Posix(), dir / "f") == "kept");
}

TEST_CASE("faulty env: from then on every call fails until a reset", "[faulty_env]") {
  const TemporaryDir dir;
  FaultyEnv env(Env::Posix());
  env.FailCall(2, EIO, FaultyEnv::Duration::kFromThenOn);
  CHECK(env.Stat(dir.path()).ok());
  for (int i = 0; i < 3; ++i) CHECK(env.Stat(dir.path()).status().code() == Code::kIo);
  CHECK(env.faults() == 3);
  env.Reset();
  CHECK(env.Stat(dir.path()).ok());
  CHECK(env.calls() == 1);
}

TEST_CASE("faulty env: a full disk takes what fits and then refuses", "[faulty_env]") {
  const TemporaryDir dir;
  FaultyEnv env(Env::Posix());
  env.LimitWrittenBytes(6);
  auto file = env.Create(dir / "f");
  REQUIRE(file.ok());
  CHECK((*file)->Append("abcd", 4).ok());
  CHECK((*file)->Append("efgh", 4).code() == Code::kResourceExhausted);
  CHECK((*file)->Append("i", 1).code() == Code::kResourceExhausted);
  CHECK((*file)->Close().ok());
  CHECK(*ReadWholeFile(Env::Posix(), dir / "f") == "abcdef");
}

TEST_CASE("faulty env: a failing close still closes", "[faulty_env]") {
  const TemporaryDir dir;
  FaultyEnv env(Env::Posix());
  auto lock = env.Lock(dir / "l");
  REQUIRE(lock.ok());
  env.FailCall(1, EIO);
  CHECK((*lock)->Close().code() == Code::kIo);
  CHECK(Env::Posix().Lock(dir / "l").ok());
}

TEST_CASE("faulty env: exactly one of many threads' calls fails", "[faulty_env]") {
  const TemporaryDir dir;
  FaultyEnv env(Env::Posix());
  env.FailCall(150, EIO);
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) failures += env.Stat(dir.path()).ok() ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 1);
  CHECK(env.calls() == 300);
}

}  // namespace mrd::test
