#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/failure_source.h"
#include "engine/segment.h"
#include "tests/support/faulty_env.h"
#include "tests/support/temporary_dir.h"

namespace mrd::engine {
namespace {

constexpr int kRecords = 3000;

std::string Key(int i) { return "key" + std::to_string(100000 + i); }
std::string Value(int i) { return std::string(400 + static_cast<std::size_t>(i % 200), static_cast<char>('a' + i % 26)); }

struct Places {
  test::TemporaryDir dir;
  std::string first = dir / "first";
  std::string second = dir / "second";
  Places() {
    REQUIRE(Env::Posix().CreateDir(first).ok());
    REQUIRE(Env::Posix().CreateDir(second).ok());
  }
};

Result<SpillFile> Write(Env& env, const Places& places, const std::string& name) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> writer,
                       SpillWriter::Create(env, places.first + "/" + name, 2, false, {places.second}));
  for (int reduce = 0; reduce < 2; ++reduce) {
    MRD_RETURN_IF_ERROR(writer->StartSegment(reduce));
    for (int i = reduce; i < kRecords; i += 2) MRD_RETURN_IF_ERROR(writer->Append(Key(i), Value(i)));
  }
  return writer->Finish();
}

bool HoldsAll(const SpillFile& spill) {
  for (int reduce = 0; reduce < 2; ++reduce) {
    SegmentCursor cursor(spill, reduce, 1);
    for (int i = reduce; i < kRecords; i += 2) {
      if (!cursor.Next() || cursor.key() != Key(i) || cursor.value() != Value(i)) return false;
    }
    if (cursor.Next() || !cursor.status().ok()) return false;
  }
  return true;
}

TEST_CASE("spill: a file whose disk fills up moves to the next directory, whichever write fails", "[spill]") {
  Places places;
  test::FaultyEnv env(Env::Posix());
  REQUIRE(Write(env, places, "whole").ok());
  const std::uint64_t calls = env.calls();
  REQUIRE(calls > 4);
  int moved = 0;
  for (std::uint64_t n = 1; n <= calls; ++n) {
    CAPTURE(n);
    env.FailCall(n, ENOSPC);
    const std::string name = "spill" + std::to_string(n);
    Result<SpillFile> spill = Write(env, places, name);
    env.Reset();
    if (!spill.ok()) {
      CHECK(spill.status().tag() == kFromLocalDisk);  // closing and opening again have no second try
      continue;
    }
    CHECK(HoldsAll(*spill));
    if (!spill->path.starts_with(places.second)) continue;
    ++moved;
    CHECK_FALSE(*Exists(Env::Posix(), places.first + "/" + name));
  }
  CHECK(moved >= 3);  // creating, and every write
}

TEST_CASE("spill: when no disk takes it the failure names all of them", "[spill]") {
  Places places;
  test::FaultyEnv env(Env::Posix());
  env.LimitWrittenBytes(700000);
  const Result<SpillFile> spill = Write(env, places, "spill");
  REQUIRE_FALSE(spill.ok());
  CHECK(spill.status().tag() == kFromLocalDisk);
  CHECK(spill.status().message().find(places.first) != std::string::npos);
  CHECK(spill.status().message().find(places.second) != std::string::npos);
  CHECK(Env::Posix().ListDir(places.first)->empty());
  CHECK(Env::Posix().ListDir(places.second)->empty());
}

TEST_CASE("spill: one reduce's part of a file can be read by itself, opened when it is needed", "[spill]") {
  Places places;
  const Result<SpillFile> whole = Write(Env::Posix(), places, "spill");
  REQUIRE(whole.ok());
  SpillFile part;
  part.path = whole->path;
  part.segments = {whole->segments[1]};
  part.first_reduce = 1;
  part.env = &Env::Posix();
  SegmentCursor cursor(part, 1, 1);
  for (int i = 1; i < kRecords; i += 2) {
    REQUIRE(cursor.Next());
    REQUIRE(cursor.key() == Key(i));
  }
  CHECK_FALSE(cursor.Next());
  CHECK(cursor.status().ok());

  REQUIRE(Env::Posix().RemoveFile(part.path).ok());
  SegmentCursor gone(part, 1, 1);
  CHECK_FALSE(gone.Next());
  CHECK(gone.status().code() == Code::kNotFound);
  CHECK(gone.status().tag() == kFromMapOutput);
}

}  // namespace
}  // namespace mrd::engine
