#include "dfs/wire/meta_header.h"

#include <catch2/catch.hpp>

#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

TEST_CASE("meta header: seven bytes, as short-circuit readers expect them", "[wire]") {
  const auto header = EncodeMetaHeader({ChecksumType::kCrc32c, 512});
  CHECK(Hex({header.data(), header.size()}) == "00010200000200");
  const auto spec = DecodeMetaHeader(std::string(header.data(), header.size()) + "checksums");
  REQUIRE(spec.ok());
  CHECK(*spec == ChecksumSpec{ChecksumType::kCrc32c, 512});
}

TEST_CASE("meta header: torn or foreign ones are corruption", "[wire]") {
  for (const char* hex : {"", "000102000002", "00020200000200", "00010300000200", "00010200000000", "00010201000001"}) {
    CHECK(DecodeMetaHeader(Bytes(hex)).status().code() == Code::kCorruption);
  }
  CHECK(DecodeMetaHeader(Bytes("00010001000000"))->type == ChecksumType::kNull);
}

}  // namespace
}  // namespace mrd::dfs::wire
