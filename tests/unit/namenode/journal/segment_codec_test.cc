#include "namenode/journal/segment_codec.h"

#include <catch2/catch.hpp>

#include "common/base/hex.h"

namespace mrd::namenode {
namespace {

using Step = RecordCursor::Step;

std::string Head(std::uint64_t first) { return EncodeSegmentHeader({9, {first}, 3, 77, 1000}); }

// A segment from edit 1 whose flushes have so many records each; the payload of edit n is n + 3 letters.
struct Made {
  std::string bytes;
  std::vector<std::size_t> offsets;  // of record i + 1; then the end
};
Made Make(std::initializer_list<int> flushes) {
  Made made{Head(1), {}};
  std::uint64_t id = 1;
  for (const int count : flushes) {
    for (int i = 0; i < count; ++i, ++id) {
      made.offsets.push_back(made.bytes.size());
      const std::string payload(id + 3, static_cast<char>('a' + id % 26));
      AppendRecord({{id}, static_cast<std::uint32_t>(i)}, payload, made.bytes);
    }
  }
  made.offsets.push_back(made.bytes.size());
  return made;
}

struct Walked {
  Step end;
  std::uint64_t last;
  std::uint64_t offset;
  std::uint64_t proved;
};
Walked Walk(const std::string& bytes) {
  RecordCursor cursor(bytes, {1});
  Step step;
  while ((step = cursor.Next()) == Step::kRecord) CHECK(cursor.payload().size() == cursor.id().value + 3);
  CHECK(cursor.Next() == step);
  return {step, cursor.last().value, cursor.offset(), cursor.proved().value};
}

TEST_CASE("segment: header and record have the bytes of the document", "[journal]") {
  const std::string head = Head(1);
  CHECK(ToHex(head.data(), head.size()) ==
        "4d52454449545331"
        "09000000"
        "00000000"
        "0100000000000000"
        "0300000000000000"
        "4d00000000000000"
        "e803000000000000"
        "000000000000000000000000"
        "442c14c2");
  const Result<SegmentHeader> back = DecodeSegmentHeader(head);
  REQUIRE(back.ok());
  CHECK(back.value() == SegmentHeader{9, {1}, 3, 77, 1000});

  std::string record;
  AppendRecord({{5}, 2}, "abc", record);
  CHECK(ToHex(record.data(), record.size()) ==
        "8a3e59f2"
        "03000000"
        "0500000000000000"
        "02000000"
        "00000000"
        "616263"
        "0000000000");
}

TEST_CASE("segment: a header that is damaged, foreign or newer is told apart", "[journal]") {
  std::string head = Head(1);
  CHECK(DecodeSegmentHeader(head.substr(0, 63)).status().message() == "it ends within its header");
  for (std::size_t i = 0; i < head.size(); ++i) {
    std::string bad = head;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    CHECK(DecodeSegmentHeader(bad).status().code() == (i == 7 ? Code::kUnimplemented : Code::kCorruption));
  }
}

TEST_CASE("segment: names have twenty digits, and nothing else is one", "[journal]") {
  CHECK(SegmentName({1}) == "edits_00000000000000000001");
  CHECK(SegmentName({UINT64_MAX}) == "edits_18446744073709551615");
  CHECK(ParseSegmentName("edits_00000000000000000001") == TxId{1});
  for (const char* name : {"edits_1", "edits_00000000000000000000", "edits_0000000000000000000x",
                           "edits_99999999999999999999", "edits_00000000000000000001.tmp", "VERSION", ""}) {
    CHECK(!ParseSegmentName(name));
  }
}

TEST_CASE("segment: a whole one ends at its zeros or at the end of the file", "[journal]") {
  const Made made = Make({1, 3, 2});
  for (const std::size_t zeros : {0, 1, 7, 8, 30, 5000}) {
    const Walked walked = Walk(made.bytes + std::string(zeros, '\0'));
    CHECK(walked.end == Step::kEnd);
    CHECK(walked.last == 6);
    CHECK(walked.offset == made.bytes.size());
  }
  CHECK(Walk(Head(1)).end == Step::kEnd);
}

TEST_CASE("segment: whatever is missing of the last flush, it is torn and the records before it stay", "[journal]") {
  const Made made = Make({1, 2, 4});
  for (std::size_t record = 3; record < 7; ++record) {
    for (std::size_t at = made.offsets[record]; at < made.offsets[record] + 25; ++at) {
      std::string bytes = made.bytes + std::string(100, '\0');
      bytes[at] = static_cast<char>(bytes[at] ^ 0x11);
      const Walked walked = Walk(bytes);
      CHECK(walked.end == Step::kTorn);
      CHECK(walked.last == record);
      CHECK(walked.offset == made.offsets[record]);
    }
    // The record's pages never reached the disk, later ones of the flush did.
    std::string bytes = made.bytes;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(made.offsets[record]),
              bytes.begin() + static_cast<std::ptrdiff_t>(made.offsets[record + 1]), '\0');
    CHECK(Walk(bytes).end == (record == 6 ? Step::kEnd : Step::kTorn));
    CHECK(Walk(bytes).last == record);
  }
  // Cut anywhere within the last record, its padding excepted: that carries nothing.
  const std::size_t payload_end = made.offsets[6] + kRecordHeaderBytes + 7 + 3;
  for (std::size_t size = made.offsets[6] + 1; size < payload_end; ++size) {
    const Walked walked = Walk(made.bytes.substr(0, size));
    CHECK(walked.last == 6);
    CHECK(walked.end == Step::kTorn);
  }
  CHECK(Walk(made.bytes.substr(0, payload_end)).last == 7);
}

TEST_CASE("segment: a record of an earlier flush that is not whole is damage, and tells what was durable",
          "[journal]") {
  const Made made = Make({1, 2, 4, 1});
  for (std::size_t record = 0; record < 7; ++record) {
    std::string bytes = made.bytes + std::string(100, '\0');
    bytes[made.offsets[record] + kRecordHeaderBytes] ^= 0x11;
    const Walked walked = Walk(bytes);
    CHECK(walked.end == Step::kDamaged);
    CHECK(walked.last == record);
    CHECK(walked.proved == 7);
    // Even with the whole of it lost.
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(made.offsets[record]),
              bytes.begin() + static_cast<std::ptrdiff_t>(made.offsets[record + 1]), '\0');
    CHECK(Walk(bytes).end == Step::kDamaged);
  }
}

TEST_CASE("segment: a whole record in the wrong place is damage", "[journal]") {
  for (const std::uint64_t id : {1, 2, 4, 1000}) {
    std::string bytes = Head(1);
    AppendRecord({{1}, 0}, "aaaa", bytes);
    AppendRecord({{2}, 0}, "aaaaa", bytes);
    AppendRecord({{id}, 0}, "aaaaaa", bytes);
    const Walked walked = Walk(bytes);
    CHECK(walked.end == Step::kDamaged);
    CHECK(walked.last == 2);
    CHECK(walked.proved >= 3);
  }
}

}  // namespace
}  // namespace mrd::namenode
