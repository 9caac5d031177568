#include "namenode/id_table.h"

#include <map>

#include <catch2/catch.hpp>

#include "common/base/random.h"

namespace mrd::namenode {
namespace {

TEST_CASE("id table: agrees with a map through growth and shrinking", "[tree]") {
  IdTable<std::uint32_t> table;
  std::map<std::int64_t, std::uint32_t> model;
  Random random(7);
  for (int round = 0; round < 200'000; ++round) {
    // Sparse and dense ranges, with a gap that no id fills.
    const std::uint64_t range = random.Below(3);
    const auto id = static_cast<std::int64_t>(range == 0   ? 16'385 + random.Below(3'000)
                                              : range == 1 ? (std::uint64_t{1} << 40) + random.Below(3'000)
                                                           : 100'000 + 64 * random.Below(1'000));
    const auto known = model.find(id);
    const std::uint32_t* const found = table.Find(id);
    REQUIRE((found != nullptr) == (known != model.end()));
    if (found != nullptr) REQUIRE(*found == known->second);
    const auto value = static_cast<std::uint32_t>(round);
    if (random.Below(100) < (round < 100'000 ? 65u : 20u)) {
      if (known != model.end()) {
        table.Replace(id, value);
      } else {
        table.Insert(id, value);
      }
      model[id] = value;
    } else {
      REQUIRE(table.Erase(id) == (known != model.end()));
      if (known != model.end()) model.erase(known);
    }
    REQUIRE(table.size() == model.size());
    if (round % 10'000 != 0) continue;
    auto next = model.begin();
    table.ForEach([&](std::uint32_t one) {
      REQUIRE(next != model.end());
      REQUIRE(one == next->second);
      ++next;
    });
    REQUIRE(next == model.end());
  }
}

TEST_CASE("id table: memory follows the ids that are here", "[tree]") {
  constexpr std::int64_t kFirst = 1'073'741'825;
  constexpr std::int64_t kCount = 100'000;
  IdTable<std::uint32_t> table;
  for (std::int64_t i = 0; i < kCount; ++i) table.Insert(kFirst + i, static_cast<std::uint32_t>(i));
  CHECK(table.MemoryBytes() < kCount * 5);
  for (std::int64_t i = 0; i < kCount; ++i) {
    if (i % 640 != 0) REQUIRE(table.Erase(kFirst + i));
  }
  CHECK(table.MemoryBytes() < table.size() * 200);
  for (std::int64_t i = 0; i < kCount; i += 640) {
    REQUIRE(table.Find(kFirst + i) != nullptr);
    REQUIRE(*table.Find(kFirst + i) == static_cast<std::uint32_t>(i));
    REQUIRE(table.Find(kFirst + i + 1) == nullptr);
    REQUIRE(table.Erase(kFirst + i));
  }
  CHECK(table.size() == 0);
  CHECK(table.MemoryBytes() < 1'000);
}

}  // namespace
}  // namespace mrd::namenode
