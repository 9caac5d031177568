#include "namenode/tree/inode_index.h"

#include <map>

#include <catch2/catch.hpp>

#include "common/base/random.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

TEST_CASE("inode index: agrees with a map through growth and shrinking", "[tree]") {
  Tree memory;
  InodeIndex index;
  std::map<std::int64_t, Inode*> model;
  Random random(7);
  for (int round = 0; round < 200'000; ++round) {
    const auto id = static_cast<std::int64_t>(20'000 + random.Below(40'000));
    const auto known = model.find(id);
    REQUIRE(index.Find({id}) == (known == model.end() ? nullptr : known->second));
    if (random.Below(100) < (round < 100'000 ? 65u : 20u)) {
      if (known != model.end()) continue;
      model[id] = memory.NewFile({id}, "x");
      index.Insert(model[id]);
    } else {
      REQUIRE(index.Erase({id}) == (known != model.end()));
      if (known == model.end()) continue;
      memory.Free(known->second);
      model.erase(known);
    }
    REQUIRE(index.size() == model.size());
  }
  std::size_t seen = 0;
  index.ForEach([&](const Inode* inode) {
    ++seen;
    REQUIRE(model.at(inode->inode_id().value) == inode);
  });
  REQUIRE(seen == model.size());
}

}  // namespace
}  // namespace mrd::namenode
