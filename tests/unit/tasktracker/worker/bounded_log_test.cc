#include "tasktracker/worker/bounded_log.h"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/temporary_dir.h"

namespace mrd::tasktracker {
namespace {

// Writes `text` in pieces of `piece` bytes and gives back the file.
std::string Through(std::uint64_t limit, const std::string& text, std::size_t piece) {
  test::TemporaryDir dir;
  auto log = BoundedLog::Open(Env::Posix(), dir / "log", limit);
  REQUIRE(log.ok());
  for (std::size_t at = 0; at < text.size(); at += piece) {
    (*log)->Write(text.data() + at, std::min(piece, text.size() - at));
    const auto size = Env::Posix().Stat(dir / "log");
    REQUIRE(size.ok());
    if (limit != 0) REQUIRE(size->size_bytes <= limit + 1);
  }
  CHECK((*log)->written() == text.size());
  (*log)->Finish();
  return *ReadWholeFile(Env::Posix(), dir / "log");
}

std::string Counting(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

TEST_CASE("bounded log: up to the limit everything is kept", "[log]") {
  for (const std::size_t size : {0, 1, 49, 50, 51, 99, 100}) {
    CAPTURE(size);
    CHECK(Through(100, Counting(size), 7) == Counting(size));
  }
  CHECK(Through(0, Counting(5000), 64) == Counting(5000));
}

TEST_CASE("bounded log: beyond the limit the first and the last half are kept, whatever the pieces", "[log]") {
  for (const std::size_t size : {101, 120, 149, 150, 151, 1000, 1049}) {
    for (const std::size_t piece : {1, 7, 50, 64, 1000}) {
      CAPTURE(size, piece);
      const std::string text = Counting(size);
      const std::string kept = Through(100, text, piece);
      CHECK(kept.starts_with(text.substr(0, 50) + "\n[... " + std::to_string(size - 100) + " bytes are left out here;"));
      CHECK(kept.ends_with("...]\n" + text.substr(size - 50)));
    }
  }
}

TEST_CASE("log tail: the last lines, whole where that is near, in legible text", "[log]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  const auto write = [&](const std::string& text) { REQUIRE(WriteFileDurably(env, dir / "log", text).ok()); };
  CHECK(LogTail(env, dir / "absent", 100).empty());
  write("one\ntwo\n");
  CHECK(LogTail(env, dir / "log", 100) == "one\ntwo\n");
  write(std::string(200, 'x') + "\nlast line of them all, which is longer than the rest\n");
  CHECK(LogTail(env, dir / "log", 60) == "last line of them all, which is longer than the rest\n");
  CHECK(LogTail(env, dir / "log", 10) == " the rest\n");
  write("before\nError: crashed\nback trace\n");
  CHECK(LogTail(env, dir / "log", 100, "\nError: crashed") == "before");
  write("a\x01\xff z");
  CHECK(LogTail(env, dir / "log", 100) == "a?? z");
}

}  // namespace
}  // namespace mrd::tasktracker
