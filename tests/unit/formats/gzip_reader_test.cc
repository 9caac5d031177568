#include "formats/gzip_reader.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/unit/formats/memory_files.h"
#include "tests/unit/formats/zlib_gzip.h"

namespace mrd::formats {
namespace {

using Catch::Matchers::Contains;

Result<std::string> Gunzip(const std::string& gzip, std::size_t piece = 4096) {
  GzipSource source(std::make_unique<MemoryInput>(gzip), "in/a.gz");
  return ReadAll(source, piece);
}

std::string RefusalOf(const std::string& gzip) {
  const Result<std::string> got = Gunzip(gzip);
  REQUIRE_FALSE(got.ok());
  CHECK(got.status().code() == Code::kCorruption);
  CHECK_THAT(got.status().message(), Contains("in/a.gz"));
  return got.status().message();
}

TEST_CASE("gzip reader: gives back what zlib compressed, at every level", "[formats]") {
  const std::string text = TextLike(300'000);
  for (int level = 0; level <= 9; ++level) {
    const Result<std::string> got = Gunzip(ZlibGzip(text, level));
    REQUIRE(got.ok());
    CHECK(*got == text);
  }
}

TEST_CASE("gzip reader: the size of the pieces read does not matter", "[formats]") {
  const std::string text = TextLike(70'000);
  const std::string gzip = ZlibGzip(text) + ZlibGzip(text, 0);
  for (const std::size_t piece : {1, 2, 7, 258, 4096, 65'536, 1'000'000}) {
    const Result<std::string> got = Gunzip(gzip, piece);
    REQUIRE(got.ok());
    CHECK(*got == text + text);
  }
}

TEST_CASE("gzip reader: a member of nothing is an empty stream", "[formats]") {
  const Result<std::string> got = Gunzip(ZlibGzip(""));
  REQUIRE(got.ok());
  CHECK(got->empty());
}

TEST_CASE("gzip reader: all members are read, small, large and empty ones", "[formats]") {
  std::string gzip;
  std::string text;
  for (unsigned i = 0; i < 500; ++i) {
    const std::string part = TextLike(i % 7 == 0 ? 0 : i * 13 % 4001, i);
    gzip += ZlibGzip(part, static_cast<int>(i % 10));
    text += part;
  }
  GzipSource source(std::make_unique<MemoryInput>(gzip), "in/a.gz");
  const Result<std::string> got = ReadAll(source);
  REQUIRE(got.ok());
  CHECK(*got == text);
  CHECK(source.members() == 500);
  CHECK(source.consumed() == gzip.size());
}

// The second member is pushed byte by byte across the end of the reader's 128 KiB buffer, so that each of its header,
// data and trailer bytes is once the last in the buffer, and the bytes that the decoder took too many too.
TEST_CASE("gzip reader: member boundaries at every place around the end of the buffer", "[formats]") {
  constexpr std::size_t kBuffer = 128 * 1024;
  const std::string small = ZlibGzip("the second member", 6, {"ex", "name", "comment", true});
  const std::string stored_overhead = ZlibGzip(std::string(100'000, 'x'), 0);
  const std::size_t overhead = stored_overhead.size() - 100'000;
  for (std::size_t back = 0; back <= small.size() + 20; ++back) {
    const std::string first(kBuffer - overhead + 10 - back, 'x');
    const Result<std::string> got = Gunzip(ZlibGzip(first, 0) + small + ZlibGzip("third"));
    INFO("back " << back);
    REQUIRE(got.ok());
    CHECK(*got == first + "the second memberthird");
  }
}

// The decoder has then taken in all of the file while output is still waiting, and gives bytes back later.
TEST_CASE("gzip reader: reading byte by byte finds the trailer at the end of the input", "[formats]") {
  const std::string text = "a record of some bytes and a value that repeats a record of some bytes";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    for (const std::size_t piece : {1, 2, 3, 5, 8, 64}) {
      const std::string part = text.substr(0, size);
      const Result<std::string> got = Gunzip(ZlibGzip(part) + ZlibGzip(part, 1), piece);
      INFO("size " << size << " piece " << piece);
      REQUIRE(got.ok());
      CHECK(*got == part + part);
    }
  }
}

TEST_CASE("gzip reader: name, comment, extra field and header CRC are passed over", "[formats]") {
  const std::string text = "some text\n";
  for (int bits = 0; bits < 16; ++bits) {
    GzipHeaderFields fields;
    if (bits & 1) fields.extra = std::string(65'535, 'e');
    if (bits & 2) fields.name = "a name.txt";
    if (bits & 4) fields.comment = std::string(200'000, 'c');
    fields.header_crc = (bits & 8) != 0;
    const Result<std::string> got = Gunzip(ZlibGzip(text, 6, fields));
    INFO("fields " << bits);
    REQUIRE(got.ok());
    CHECK(*got == text);
  }
}

TEST_CASE("gzip reader: a wrong header CRC is found", "[formats]") {
  std::string gzip = ZlibGzip("text", 6, {"", "name", "", true});
  gzip[11] = 'N';
  CHECK_THAT(RefusalOf(gzip), Contains("header's own CRC"));
}

TEST_CASE("gzip reader: zeros after the last member are padding", "[formats]") {
  for (const std::size_t zeros : {1, 512, 300'000}) {
    const Result<std::string> got = Gunzip(ZlibGzip("text") + std::string(zeros, '\0'));
    REQUIRE(got.ok());
    CHECK(*got == "text");
  }
}

TEST_CASE("gzip reader: anything else after the last member is an error", "[formats]") {
  const std::string good = ZlibGzip("text") + ZlibGzip("more");
  for (const std::string& garbage : {std::string("garbage"), std::string("x"), std::string("\x1f"),
                                     std::string("\x1f\x8c"), std::string("\n")}) {
    CHECK_THAT(RefusalOf(good + garbage),
               Contains(std::to_string(good.size())) &&
                   (Contains("after gzip member 2") || Contains("cut off in its header")));
  }
  const std::string late = RefusalOf(good + std::string(200'000, '\0') + "x");
  CHECK_THAT(late, Contains("garbage at byte " + std::to_string(good.size() + 200'000)));
}

TEST_CASE("gzip reader: text that is named .gz is told apart from a damaged file", "[formats]") {
  CHECK_THAT(RefusalOf("no gzip\n"), Contains("is not a gzip file") && Contains("Rename"));
  CHECK_THAT(RefusalOf("n"), Contains("is not a gzip file"));
  CHECK_THAT(RefusalOf(""), Contains("is empty"));
}

TEST_CASE("gzip reader: an unknown method and reserved flags are refused", "[formats]") {
  std::string gzip = ZlibGzip("text");
  gzip[2] = 7;
  CHECK_THAT(RefusalOf(gzip), Contains("method 7"));
  gzip[2] = 8;
  gzip[3] = '\x20';
  CHECK_THAT(RefusalOf(gzip), Contains("reserved"));
}

TEST_CASE("gzip reader: a file cut at any byte is an error that names member and offset", "[formats]") {
  const std::string first = ZlibGzip(TextLike(3000), 6, {"x", "n", "c", true});
  const std::string gzip = first + ZlibGzip(TextLike(500, 2));
  for (std::size_t size = 1; size < gzip.size(); ++size) {
    if (size == first.size()) continue;  // a whole file of one member
    const std::string why = RefusalOf(gzip.substr(0, size));
    INFO("size " << size);
    CHECK_THAT(why, Contains("cut off") && Contains("ends at byte " + std::to_string(size)) &&
                        Contains(size < first.size() ? "member 1" : "member 2"));
  }
}

// Bits whose change cannot matter exist (time, operating system, a name without header CRC). Everywhere else a changed
// bit must be noticed: what is given without error is what was compressed.
TEST_CASE("gzip reader: no changed bit ever gives wrong data without an error", "[formats]") {
  const std::string text = TextLike(2000) + TextLike(600, 2);
  for (const int level : {0, 1, 9}) {
    const std::string gzip = ZlibGzip(text.substr(0, 2000), level, {"ab", "name", "note", false}) +
                             ZlibGzip(text.substr(2000), level);
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < gzip.size() * 8; ++bit) {
      std::string changed = gzip;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      const Result<std::string> got = Gunzip(changed);
      if (got.ok()) {
        INFO("bit " << bit << " level " << level);
        REQUIRE(*got == text);
      } else {
        CHECK(got.status().code() == Code::kCorruption);
        ++refused;
      }
    }
    CHECK(refused > gzip.size() * 8 * 8 / 10);
  }
}

TEST_CASE("gzip reader: a member whose CRC or length is wrong is refused", "[formats]") {
  const std::string gzip = ZlibGzip(TextLike(5000));
  std::string wrong_crc = gzip;
  wrong_crc[gzip.size() - 8] ^= 1;
  CHECK_THAT(RefusalOf(wrong_crc), Contains("CRC-32"));
  std::string wrong_length = gzip;
  wrong_length[gzip.size() - 1] ^= 1;
  CHECK_THAT(RefusalOf(wrong_length), Contains("5000 bytes"));
}

TEST_CASE("gzip reader: an error of the file passes through and stays", "[formats]") {
  std::string noise = TextLike(400'000);
  GzipSource source(std::make_unique<MemoryInput>(ZlibGzip(noise, 0), 200'000), "in/a.gz");
  Result<std::string> got = ReadAll(source);
  REQUIRE_FALSE(got.ok());
  CHECK(got.status().code() == Code::kIo);
  char byte;
  CHECK(source.Read(&byte, 1).status().code() == Code::kIo);
}

TEST_CASE("gzip reader: a highly compressed file is given in pieces of the caller's size", "[formats]") {
  // 64 MiB of zeros in 64 KiB of file: memory must not grow with what the file says.
  GzipSource source(std::make_unique<MemoryInput>(ZlibGzip(std::string(64 << 20, '\0'), 9)), "in/a.gz");
  std::string buffer(65'536, '\0');
  std::uint64_t total = 0;
  for (;;) {
    const Result<std::size_t> got = source.Read(buffer.data(), buffer.size());
    REQUIRE(got.ok());
    if (*got == 0) break;
    REQUIRE(*got <= buffer.size());
    total += *got;
  }
  CHECK(total == 64u << 20);
}

}  // namespace
}  // namespace mrd::formats
