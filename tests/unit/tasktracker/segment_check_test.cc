#include "tasktracker/segment_check.h"

#include <catch2/catch.hpp>

#include <string>

#include "engine/segment.h"
#include "tests/support/temporary_dir.h"

namespace mrd::tasktracker {
namespace {

// The bytes of a segment with several blocks, as a map writes it.
std::string Segment(bool compress) {
  test::TemporaryDir dir;
  Result<std::unique_ptr<engine::SpillWriter>> writer = engine::SpillWriter::Create(Env::Posix(), dir / "s", 1, compress);
  REQUIRE(writer.ok());
  REQUIRE((*writer)->StartSegment(0).ok());
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "key" + std::to_string(100'000 + i);
    REQUIRE((*writer)->Append(key, std::string(static_cast<std::size_t>(i % 90), 'v')).ok());
  }
  Result<engine::SpillFile> spill = (*writer)->Finish();
  REQUIRE(spill.ok());
  const engine::SegmentRange range = spill->segments[0];
  std::string bytes(range.bytes, '\0');
  REQUIRE(spill->file->ReadAt(range.offset, bytes.data(), bytes.size()).value() == bytes.size());
  return bytes;
}

Status CheckInPieces(const std::string& bytes, std::size_t piece) {
  SegmentCheck check;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    MRD_RETURN_IF_ERROR(check.Add(std::string_view(bytes).substr(at, piece)));
  }
  return check.Finish();
}

TEST_CASE("segment check: what a map wrote is whole, in pieces of any size") {
  for (const bool compress : {false, true}) {
    const std::string bytes = Segment(compress);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{16}, std::size_t{4096}, bytes.size()}) {
      CHECK(CheckInPieces(bytes, piece).ok());
    }
  }
  CHECK(SegmentCheck().Finish().ok());
}

TEST_CASE("segment check: a changed byte anywhere is found") {
  std::string bytes = Segment(false);
  for (std::size_t at = 0; at < bytes.size(); at += at < 64 ? 1 : 997) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    INFO("byte " << at);
    // The size of the records before compression is under the checksum too.
    CHECK(CheckInPieces(bytes, 1000).code() == Code::kCorruption);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
  }
}

TEST_CASE("segment check: one that ends early is found") {
  const std::string bytes = Segment(false);
  for (const std::size_t size : {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{100}, bytes.size() - 1}) {
    CHECK(CheckInPieces(bytes.substr(0, size), 512).code() == Code::kCorruption);
  }
}

}  // namespace
}  // namespace mrd::tasktracker
