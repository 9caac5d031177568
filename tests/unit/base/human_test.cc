#include "common/base/human.h"

#include <cstdint>

#include <catch2/catch.hpp>

namespace mrd {

TEST_CASE("human bytes: small sizes exactly, larger ones in powers of 1024", "[human]") {
  CHECK(HumanBytes(0) == "0 B");
  CHECK(HumanBytes(1023) == "1023 B");
  CHECK(HumanBytes(1024) == "1 KiB");
  CHECK(HumanBytes(1536) == "1.5 KiB");
  CHECK(HumanBytes(64u << 20) == "64 MiB");
  CHECK(HumanBytes(UINT64_MAX) == "16 EiB");
}

TEST_CASE("human bytes: rounding never prints 1024 of a unit or 10.0", "[human]") {
  CHECK(HumanBytes((1u << 20) - 1) == "1 MiB");
  CHECK(HumanBytes(10 * 1024 - 1) == "10 KiB");
}

}  // namespace mrd
