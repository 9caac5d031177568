#include "formats/gzip_writer.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "formats/gzip_reader.h"
#include "tests/unit/formats/memory_files.h"
#include "tests/unit/formats/zlib_gzip.h"

namespace mrd::formats {
namespace {

std::string Gzip(const std::string& text, std::size_t piece, int level = kGzipLevelDefault) {
  WrittenFile file;
  const auto writer = MakeGzipWriter(std::make_unique<MemoryOutput>(file), level);
  for (std::size_t at = 0; at < text.size(); at += piece) {
    REQUIRE(writer->Append(text.data() + at, std::min(piece, text.size() - at)).ok());
  }
  REQUIRE(writer->Close().ok());
  CHECK(file.closed);
  return file.content;
}

TEST_CASE("gzip writer: zlib and our reader read what it wrote", "[formats]") {
  for (const std::size_t size : {0, 1, 1000, 1'000'000}) {
    const std::string text = TextLike(size);
    const std::string gzip = Gzip(text, 10'000);
    CHECK(ZlibGunzip(gzip, size) == text);
    GzipSource source(std::make_unique<MemoryInput>(gzip), "a.gz");
    const Result<std::string> got = ReadAll(source);
    REQUIRE(got.ok());
    CHECK(*got == text);
  }
}

TEST_CASE("gzip writer: the bytes do not depend on how the data was cut", "[formats]") {
  const std::string text = TextLike(700'000);
  for (const int level : {1, 4, 9}) {
    const std::string whole = Gzip(text, text.size(), level);
    CHECK(Gzip(text, 1, level) == whole);
    CHECK(Gzip(text, 4093, level) == whole);
    CHECK(Gzip(text, 262'144, level) == whole);
  }
}

TEST_CASE("gzip writer: the header carries no time and no name", "[formats]") {
  const std::string gzip = Gzip("text", 4);
  CHECK(gzip.substr(0, 8) == std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
}

TEST_CASE("gzip writer: a full disk is reported by every call from then on", "[formats]") {
  WrittenFile file;
  file.capacity = 100'000;
  const auto writer = MakeGzipWriter(std::make_unique<MemoryOutput>(file));
  const std::string text = TextLike(4'000'000);
  CHECK(writer->Append(text.data(), text.size()).code() == Code::kResourceExhausted);
  CHECK(writer->Append("x", 1).code() == Code::kResourceExhausted);
  CHECK(writer->Close().code() == Code::kResourceExhausted);
  CHECK_FALSE(file.closed);
}

TEST_CASE("gzip writer: use after closing is an error", "[formats]") {
  WrittenFile file;
  const auto writer = MakeGzipWriter(std::make_unique<MemoryOutput>(file));
  REQUIRE(writer->Close().ok());
  CHECK(writer->Append("x", 1).code() == Code::kFailedPrecondition);
  CHECK(writer->Close().code() == Code::kFailedPrecondition);
}

}  // namespace
}  // namespace mrd::formats
