#include "datanode/transfer/byte_rate.h"

#include <catch2/catch.hpp>

namespace mrd::datanode {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

// How many bytes pass in the milliseconds [from, to) when pieces are tried again and again.
std::uint64_t Passed(ByteRate& rate, std::uint64_t piece, std::int64_t from_ms, std::int64_t to_ms) {
  std::uint64_t passed = 0;
  for (std::int64_t ms = from_ms; ms < to_ms; ++ms) {
    while (rate.Take(piece, ms * kMillisecond)) passed += piece;
  }
  return passed;
}

TEST_CASE("byte rate: no more passes than the rate allows, whatever the pieces", "[transfer]") {
  for (const std::uint64_t piece : {std::uint64_t{100}, std::uint64_t{65'536}, std::uint64_t{1'000'000}}) {
    ByteRate rate(1'000'000);
    const std::uint64_t passed = Passed(rate, piece, 1, 10'001);
    INFO("pieces of " << piece << ": " << passed);
    CHECK(passed >= 10'000'000);
    CHECK(passed <= 10'500'000 + piece);  // and the first half second's at once
  }
}

TEST_CASE("byte rate: a pause saves half a second's worth and no more", "[transfer]") {
  ByteRate rate(1'000'000);
  Passed(rate, 1'000, 1, 1'001);
  CHECK(Passed(rate, 1'000, 3'600'000, 3'600'001) == 500'000);
}

TEST_CASE("byte rate: a change takes effect at once, and nothing is owed from a faster time", "[transfer]") {
  ByteRate rate(100'000'000);
  CHECK(rate.Take(1'000'000'000, kMillisecond));
  CHECK_FALSE(rate.Take(1, 2 * kMillisecond));
  rate.Set(1'000);
  CHECK(rate.per_second() == 1'000);
  const std::uint64_t passed = Passed(rate, 100, 1'000, 11'000);
  CHECK(passed >= 10'000);
  CHECK(passed <= 11'100);
  rate.Set(0);
  Passed(rate, 100, 11'000, 11'001);  // what was left
  CHECK_FALSE(rate.Take(1, 100'000 * kMillisecond));
}

}  // namespace
}  // namespace mrd::datanode
