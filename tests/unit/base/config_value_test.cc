#include "common/base/config_value.h"

#include <catch2/catch.hpp>

namespace mrd {
namespace {

ConfigKey Key(KeyType type,
              const char* unit,
              std::int64_t min = INT64_MIN,
              std::int64_t max = INT64_MAX) {
  return {.name = "k",
          .old_name = nullptr,
          .type = type,
          .default_value = nullptr,
          .unit = unit,
          .description = "A key.",
          .file = "core",
          .min = min,
          .max = max};
}

}  // namespace

TEST_CASE("values: whole numbers", "[config]") {
  CHECK(*ParseInt("0") == 0);
  CHECK(*ParseInt(" -17\n") == -17);
  CHECK(*ParseInt("+5") == 5);
  CHECK(*ParseInt("0x10") == 16);
  CHECK(*ParseInt("-9223372036854775808") == INT64_MIN);
  CHECK(ParseInt("9223372036854775808").status().message() == "the number is too large");
  for (const char* bad : {"", " ", "many", "1.5", "1k", "--1", "+-1", "0x", "0x-1", "- 1"}) {
    INFO(bad);
    CHECK(ParseInt(bad).status().message() == "not a whole number");
  }
}

TEST_CASE("values: numbers", "[config]") {
  CHECK(*ParseDouble("0.80") == 0.8);
  CHECK(*ParseDouble("-1e3") == -1000);
  for (const char* bad : {"", "x", "1,5", "nan", "inf", "1e999", "1 2"}) {
    INFO(bad);
    CHECK_FALSE(ParseDouble(bad).ok());
  }
}

TEST_CASE("values: booleans are true and false and nothing else", "[config]") {
  CHECK(*ParseBool("true"));
  CHECK_FALSE(*ParseBool(" FALSE "));
  for (const char* bad : {"", "yes", "1", "t"})
    CHECK(ParseBool(bad).status().message() == "neither true nor false");
}

TEST_CASE("values: sizes have suffixes in powers of 1024, a bare number counts the unit",
          "[config]") {
  CHECK(*ParseSize("100") == 100);
  CHECK(*ParseSize("100", 1 << 20) == 100 << 20);
  CHECK(*ParseSize("2k") == 2048);
  CHECK(*ParseSize("2 G", 1 << 20) == std::int64_t{2} << 30);
  CHECK(*ParseSize("-1") == -1);
  CHECK_FALSE(ParseSize("9000000t").ok());
  for (const char* bad : {"", "k", "1kb", "1.5g", "1x"}) CHECK_FALSE(ParseSize(bad).ok());
}

TEST_CASE("values: durations have suffixes, a bare number counts the unit", "[config]") {
  CHECK(*ParseDurationMs("1500") == 1500);
  CHECK(*ParseDurationMs("3", 1000) == 3000);
  CHECK(*ParseDurationMs("3ms", 1000) == 3);
  CHECK(*ParseDurationMs("2m") == 120'000);
  CHECK(*ParseDurationMs("1h") == 3'600'000);
  CHECK(*ParseDurationMs("1d") == 86'400'000);
  CHECK_FALSE(ParseDurationMs("1w").ok());
}

TEST_CASE("values: lists drop blanks and empty parts", "[config]") {
  CHECK(ParseList(" a, b ,,c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(ParseList("").empty());
  CHECK(ParseList(" , ").empty());
}

TEST_CASE("values: a range is checked in the key's unit and told with it", "[config]") {
  const ConfigKey key = Key(KeyType::kSize, "MB", 1, 1024);
  CHECK(CheckValue(key, "1").ok());
  CHECK(CheckValue(key, "1g").ok());
  CHECK(CheckValue(key, "1025").message() == "must be between 1 and 1024 MB");
  CHECK(CheckValue(key, "1k").message() == "must be between 1 and 1024 MB");
  CHECK(CheckValue(Key(KeyType::kInt, "", 0), "-1").message() == "must be at least 0");
  CHECK(CheckValue(Key(KeyType::kDouble, "", 0, 1), "1.01").message() == "must be between 0 and 1");
  CHECK(CheckValue(Key(KeyType::kInt, "", INT64_MIN, 3), "4").message() == "must be at most 3");
  CHECK(CheckValue(Key(KeyType::kString, ""), "anything").ok());
}

}  // namespace mrd
