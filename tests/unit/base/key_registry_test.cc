#include <catch2/catch.hpp>

#include "common/base/config.h"
#include "common/base/config_value.h"
#include "common/fs/keys.h"
#include "engine/keys.h"
#include "tests/support/all_keys.h"

namespace mrd {
namespace {

KeyRegistry AllKeys() { return test::AllKeys(); }

}  // namespace

TEST_CASE("key registry: a key is found by its new and its old name", "[config]") {
  const KeyRegistry registry = AllKeys();
  const ConfigKey* key = registry.Find("mapreduce.job.reduces");
  REQUIRE(key != nullptr);
  CHECK(registry.Find("mapred.reduce.tasks") == key);
  CHECK(registry.Find("mapreduce.job.nothing") == nullptr);
}

TEST_CASE("key registry: a typing error finds the key that was meant", "[config]") {
  const KeyRegistry registry = AllKeys();
  CHECK(registry.Nearest("mapreduce.job.reduce") == "mapreduce.job.reduces");
  CHECK(registry.Nearest("mr.sample.record") == "mr.sample.records");
  CHECK_FALSE(registry.Nearest("something.else.entirely").has_value());
}

TEST_CASE("key registry: keys come sorted by file, then name", "[config]") {
  const KeyRegistry registry = AllKeys();
  const auto keys = registry.All();
  CHECK(keys.size() > fs::CoreKeys().size() + engine::MapReduceKeys().size());
  for (std::size_t i = 1; i < keys.size(); ++i) {
    const auto order = [](const ConfigKey* key) {
      return std::string(key->file) + "/" + key->name;
    };
    CHECK(order(keys[i - 1]) < order(keys[i]));
  }
}

TEST_CASE("key registry: every key has a description in sentences and a default of its type",
          "[config]") {
  const KeyRegistry registry = AllKeys();
  Config config(registry);
  for (const ConfigKey* key : registry.All()) {
    INFO(key->name);
    CHECK_THAT(key->description, Catch::EndsWith("."));
    CHECK(key->min <= key->max);
    const auto value = config.Get(key->name);
    CHECK(value.has_value() == (key->default_value != nullptr));
    if (value) CHECK(CheckValue(*key, *value).ok());
    if (value) CHECK_THAT(*value, !Catch::Contains("${"));
  }
}

}  // namespace mrd
