#include "common/base/xxh3.h"

#include <string>

#include <catch2/catch.hpp>

namespace mrd {

TEST_CASE("xxh3: the known answers for no bytes", "[xxh3]") {
  CHECK(Xxh3_64("", 0) == 0x2D06800538D394C2u);
  CHECK(Xxh3Hasher128().HexDigest() == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("xxh3: the 64-bit hash never changes, since it decides which reduce gets a key",
          "[xxh3]") {
  CHECK(Xxh3_64("a", 1) == 0xE6C632B61E964E1Fu);
  CHECK(Xxh3_64("abc", 3) == 0x78AF5F94892F3950u);
}

TEST_CASE("xxh3: the stream's digest does not depend on how it is cut", "[xxh3]") {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i * 7919);
  Xxh3Hasher128 whole;
  whole.Update(text.data(), text.size());
  for (const std::size_t piece : {1, 7, 64, 255, 1024, 4099}) {
    Xxh3Hasher128 hasher;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      hasher.Update(text.data() + at, std::min(piece, text.size() - at));
    }
    CHECK(hasher.HexDigest() == whole.HexDigest());
  }
}

TEST_CASE("xxh3: a digest may be taken in the middle of a stream, and a hasher may be moved",
          "[xxh3]") {
  Xxh3Hasher128 hasher;
  hasher.Update("ab", 2);
  const std::string early = hasher.HexDigest();
  Xxh3Hasher128 moved = std::move(hasher);
  moved.Update("c", 1);
  Xxh3Hasher128 fresh;
  fresh.Update("abc", 3);
  CHECK(moved.HexDigest() == fresh.HexDigest());
  CHECK(early != fresh.HexDigest());
}

}  // namespace mrd
