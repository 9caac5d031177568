#include "namenode/core/pipelines.h"

#include <catch2/catch.hpp>

namespace mrd::namenode::test {
namespace {

const dfs::BlockId kBlock{0x0102030405060708};

}  // namespace

TEST_CASE("pipelines: the pairs that are written make the same table", "[core]") {
  MutationSink sink;
  Pipelines pipelines;
  const std::vector<Pipelines::Member> members = {{"n1", "s1"}, {"n2", "s2"}};
  pipelines.Set(kBlock, members, sink);
  pipelines.Set({7}, {{"n3", ""}}, sink);
  pipelines.Clear({7}, sink);
  pipelines.Clear({8}, sink);  // unknown: nothing is written
  const std::vector<Mutation> written = sink.Take();
  REQUIRE(written.size() == 3);
  CHECK(written[0].key == std::string("P\x01\x02\x03\x04\x05\x06\x07\x08"));
  CHECK(*written[0].value == std::string("\x01\x02n1\x02s1\x02n2\x02s2"));
  Pipelines other;
  for (const Mutation& mutation : written) {
    REQUIRE(other.Load(mutation.key, mutation.value ? &*mutation.value : nullptr).ok());
  }
  CHECK(other.size() == 1);
  REQUIRE(other.Find(kBlock) != nullptr);
  CHECK(*other.Find(kBlock) == members);
}

TEST_CASE("pipelines: a name that does not fit leaves the block unknown", "[core]") {
  MutationSink sink;
  Pipelines pipelines;
  pipelines.Set(kBlock, {{"n1", "s1"}}, sink);
  pipelines.Set(kBlock, {{std::string(256, 'n'), "s1"}}, sink);
  CHECK(pipelines.Find(kBlock) == nullptr);
  const std::vector<Mutation> written = sink.Take();
  REQUIRE(written.size() == 2);
  CHECK_FALSE(written[1].value.has_value());
}

TEST_CASE("pipelines: damaged pairs are refused", "[core]") {
  Pipelines pipelines;
  const std::string key("P\x01\x02\x03\x04\x05\x06\x07\x08");
  const auto refused = [&](const std::string& k, const std::string& value) {
    return pipelines.Load(k, &value).code() == Code::kCorruption;
  };
  const std::string good("\x01\x02n1\x02s1");
  CHECK(refused("P", good));
  CHECK(refused(key + "x", good));
  CHECK(refused(key, ""));
  CHECK(refused(key, "\x01"));
  CHECK(refused(key, "\x02\x02n1\x02s1"));
  for (std::size_t size = 2; size < good.size(); ++size) CHECK(refused(key, good.substr(0, size)));
  CHECK(pipelines.size() == 0);
  CHECK(pipelines.Load(key, &good).ok());
}

}  // namespace mrd::namenode::test
