#include "common/base/crc32c.h"

#include <string>

#include <catch2/catch.hpp>

namespace mrd {

TEST_CASE("crc32c: the known answers of the standard", "[crc32c]") {
  CHECK(Crc32c("123456789", 9) == 0xE3069283u);
  CHECK(Crc32c("", 0) == 0);
  // RFC 3720, B.4.
  CHECK(Crc32c(std::string(32, '\0').data(), 32) == 0x8A9136AAu);
  CHECK(Crc32c(std::string(32, '\xFF').data(), 32) == 0x62A8AB43u);
}

TEST_CASE("crc32c: pieces chained by the seed give the checksum of the whole", "[crc32c]") {
  const std::string text =
      "The quick brown fox jumps over the lazy dog, again and again and again.";
  const std::uint32_t whole = Crc32c(text.data(), text.size());
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::uint32_t first = Crc32c(text.data(), cut);
    CHECK(Crc32c(text.data() + cut, text.size() - cut, first) == whole);
  }
}

TEST_CASE("crc32c: every single flipped bit changes it", "[crc32c]") {
  std::string text = "spill";
  const std::uint32_t good = Crc32c(text.data(), text.size());
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    CHECK(Crc32c(text.data(), text.size()) != good);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  }
}

}  // namespace mrd
