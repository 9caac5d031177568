#include "namenode/tree/child_set.h"

#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "common/base/random.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

// Compares everything a set of entries can tell with a map.
void RequireEqual(const ChildSet& set, const std::map<std::string, Inode*>& model) {
  REQUIRE(set.size() == model.size());
  auto at = set.Begin();
  std::size_t rank = 0;
  for (const auto& [name, inode] : model) {
    REQUIRE(set.At(at) == inode);
    REQUIRE(set.Rank(at) == rank++);
    at = set.Next(at);
  }
  REQUIRE(set.At(at) == nullptr);
  REQUIRE(set.Rank(at) == model.size());
  if (!model.empty()) REQUIRE(set.Last() == model.rbegin()->second);
}

TEST_CASE("child set: random insertions, erasures and searches agree with a map", "[tree]") {
  Tree tree;
  Random random(GENERATE(1, 2, 3));
  ChildSet set;
  std::map<std::string, Inode*> model;
  std::int64_t next_id = 20'000;
  for (int round = 0; round < 20'000; ++round) {
    // Growing, then shrinking, so that chunks split and join.
    const bool grow = random.Below(100) < (round < 10'000 ? 70u : 25u);
    std::string name = std::to_string(random.Below(4000));
    if (random.Below(10) == 0) name += "\xff";
    const auto known = model.find(name);
    REQUIRE(set.Find(name) == (known == model.end() ? nullptr : known->second));
    const auto after = model.upper_bound(name);
    REQUIRE(set.At(set.After(name)) == (after == model.end() ? nullptr : after->second));
    REQUIRE(set.Rank(set.After(name)) == static_cast<std::size_t>(std::distance(model.begin(), after)));
    if (grow) {
      Inode* inode = tree.NewFile({next_id++}, name);
      REQUIRE(set.Insert(inode) == (known == model.end()));
      if (known == model.end()) {
        model[name] = inode;
      } else {
        tree.Free(inode);
      }
    } else if (known != model.end()) {
      set.Erase(known->second);
      tree.Free(known->second);
      model.erase(known);
    }
    if (round % 1000 == 0) RequireEqual(set, model);
  }
  RequireEqual(set, model);
}

TEST_CASE("child set: names in order and in reverse order", "[tree]") {
  Tree tree;
  const bool reverse = GENERATE(false, true);
  ChildSet set;
  std::map<std::string, Inode*> model;
  for (int i = 0; i < 3000; ++i) {
    char name[16];
    std::snprintf(name, sizeof name, "%06d", reverse ? 3000 - i : i);
    Inode* inode = tree.NewFile({20'000 + i}, name);
    REQUIRE(set.Insert(inode));
    model[name] = inode;
  }
  RequireEqual(set, model);
  while (!model.empty()) {
    set.Erase(model.begin()->second);
    model.erase(model.begin());
  }
  RequireEqual(set, model);
}

}  // namespace
}  // namespace mrd::namenode
