#include "formats/byte_source.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/unit/formats/memory_files.h"

namespace mrd::formats {
namespace {

std::string Range(std::uint64_t start, std::uint64_t length, std::size_t piece) {
  const auto source =
      MakeFileSource(std::make_unique<MemoryInput>("0123456789"), start, length);
  const Result<std::string> got = ReadAll(*source, piece);
  REQUIRE(got.ok());
  CHECK(source->consumed() == got->size());
  return *got;
}

TEST_CASE("file source: gives the range, cut at the end of the file", "[formats]") {
  for (const std::size_t piece : {1, 3, 100}) {
    CHECK(Range(0, std::numeric_limits<std::uint64_t>::max(), piece) == "0123456789");
    CHECK(Range(2, 3, piece) == "234");
    CHECK(Range(8, 5, piece) == "89");
    CHECK(Range(4, 0, piece).empty());
    CHECK(Range(10, 1, piece).empty());
    CHECK(Range(50, 1, piece).empty());
  }
}

TEST_CASE("file source: an error stays", "[formats]") {
  const auto source = MakeFileSource(std::make_unique<MemoryInput>("0123456789", 4));
  char buffer[4];
  REQUIRE(source->Read(buffer, 4).ok());
  CHECK(source->Read(buffer, 4).status().code() == Code::kIo);
  CHECK(source->Read(buffer, 4).status().code() == Code::kIo);
  CHECK(source->consumed() == 4);
}

}  // namespace
}  // namespace mrd::formats
