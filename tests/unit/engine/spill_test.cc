#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/failure_source.h"
#include "engine/segment.h"
#include "engine/spent_space.h"
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

// Bytes that the file takes on its disk; those not written yet count too.
std::uint64_t Room(const std::string& path) {
  struct stat st{};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  return static_cast<std::uint64_t>(st.st_blocks) * 512;
}

bool DiskTakesHoles(const std::string& path) {
  Result<std::unique_ptr<File>> file = Env::Posix().Create(path);
  REQUIRE(file.ok());
  const std::string bytes(1 << 16, 'x');
  REQUIRE((*file)->Append(bytes.data(), bytes.size()).ok());
  return ::fallocate((*file)->descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 15) == 0;
}

TEST_CASE("spill: what was merged gives back its room, and the rest of the file stays", "[spill]") {
  Places places;
  if (!DiskTakesHoles(places.dir / "holes")) return;  // room is a matter of the file system's kind
  const std::string value(std::size_t{64} << 10, 'v');
  const int records = static_cast<int>(5 * SpentSpace::kPieceBytes / 2 / value.size());
  auto writer = SpillWriter::Create(Env::Posix(), places.first + "/spill", 2, false);
  REQUIRE(writer.ok());
  for (int reduce = 0; reduce < 2; ++reduce) {
    REQUIRE((*writer)->StartSegment(reduce).ok());
    for (int i = 0; i < records; ++i) REQUIRE((*writer)->Append(Key(i), value).ok());
  }
  Result<SpillFile> spill = (*writer)->Finish();
  REQUIRE(spill.ok());
  spill->spent = std::make_shared<SpentSpace>();
  const std::uint64_t before = Room(spill->path);
  const auto read = [&](int reduce) {
    SegmentCursor cursor(*spill, reduce, std::size_t{256} << 10);
    for (int i = 0; i < records; ++i) {
      if (!cursor.Next() || cursor.key() != Key(i) || cursor.value() != value) return false;
    }
    return !cursor.Next() && cursor.status().ok();
  };
  REQUIRE(read(0));
  // Two pieces of 8 MiB, less a page at either end of each.
  const std::uint64_t given = 2 * SpentSpace::kPieceBytes - 16384;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (Room(spill->path) + given > before && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(Room(spill->path) + given <= before);
  CHECK(read(1));
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
