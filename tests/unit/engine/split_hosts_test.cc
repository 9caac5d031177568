#include <catch2/catch.hpp>

#include <atomic>
#include <map>

#include "common/base/env.h"
#include "common/fs/local_file_system.h"
#include "engine/split_hosts.h"

namespace mrd::engine {
namespace {

// Only says where blocks are, and counts how often it is asked.
class BlockMap final : public fs::FileSystem {
 public:
  std::map<std::string, std::vector<fs::BlockLocation>> blocks;
  std::atomic<int> asked{0};

  std::string scheme() const override { return "blocks"; }
  Result<std::vector<fs::BlockLocation>> Locate(const fs::Path& path, std::uint64_t, std::uint64_t) override {
    ++asked;
    const auto found = blocks.find(path.path());
    if (found == blocks.end()) return NotFound(path.ToString());
    return found->second;
  }
  Result<std::unique_ptr<fs::InputFile>> Open(const fs::Path&) override { return Unimplemented("open"); }
  Result<std::unique_ptr<fs::OutputFile>> Create(const fs::Path&, bool) override { return Unimplemented("create"); }
  Result<fs::FileStatus> Stat(const fs::Path&) override { return Unimplemented("stat"); }
  Result<std::vector<fs::FileStatus>> List(const fs::Path&) override { return Unimplemented("list"); }
  Status Mkdirs(const fs::Path&) override { return Unimplemented("mkdirs"); }
  Status Rename(const fs::Path&, const fs::Path&) override { return Unimplemented("rename"); }
  Result<bool> Delete(const fs::Path&, bool) override { return Unimplemented("delete"); }
  Result<fs::Path> Canonical(const fs::Path& path) override { return path; }
  fs::IoStatistics Statistics() const override { return {}; }
};

struct Fixture {
  Fixture() : registry("blocks://cluster", "/") {
    registry.Register("blocks", [this](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
      return std::shared_ptr<fs::FileSystem>(blocks);
    });
    registry.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
      return fs::MakeLocalFileSystem(Env::Posix());
    });
  }
  std::shared_ptr<BlockMap> blocks = std::make_shared<BlockMap>();
  fs::Registry registry;
};

InputSplit Split(std::vector<InputPiece> pieces) {
  InputSplit split;
  split.pieces = std::move(pieces);
  return split;
}

TEST_CASE("split hosts: who holds most of a split comes first, who holds less than half of that is left out", "[client]") {
  Fixture fixture;
  fixture.blocks->blocks["/f"] = {{0, 100, {"a", "b"}}, {100, 100, {"b", "c"}}, {200, 100, {"d"}}};
  const auto hosts = SplitHosts({Split({{"/f", 0, 100, false, {}}}), Split({{"/f", 90, 110, false, {}}}),
                                 Split({{"/f", 200, 100, false, {}}})},
                                fixture.registry);
  REQUIRE(hosts.size() == 3);
  CHECK(hosts[0] == std::vector<std::string>{"a", "b"});
  CHECK(hosts[1] == std::vector<std::string>{"b", "c"});  // a holds 10 of 110 bytes
  CHECK(hosts[2] == std::vector<std::string>{"d"});
  CHECK(fixture.blocks->asked == 1);
}

TEST_CASE("split hosts: pieces of several files count together, each file is asked once", "[client]") {
  Fixture fixture;
  std::vector<InputPiece> pieces;
  for (int at = 0; at < 100; ++at) {
    const std::string path = "/many/" + std::to_string(at);
    fixture.blocks->blocks[path] = {{0, 10, {at < 60 ? "often" : "seldom", "always"}}};
    pieces.push_back({path, 0, 10, false, {}});
  }
  const auto hosts = SplitHosts({Split(pieces), Split(pieces)}, fixture.registry);
  CHECK(hosts[0] == std::vector<std::string>{"always", "often"});
  CHECK(hosts[1] == hosts[0]);
  CHECK(fixture.blocks->asked == 100);
}

TEST_CASE("split hosts: local files, unknown files and a plugin's own splits run anywhere", "[client]") {
  Fixture fixture;
  const auto hosts = SplitHosts({Split({{"file:///etc/hosts", 0, 5, false, {}}}), Split({{"/gone", 0, 5, false, {}}}),
                                 Split({{"", 0, 5, false, "payload"}}), Split({{"odd://x/y", 0, 5, false, {}}})},
                                fixture.registry);
  for (const auto& of_split : hosts) CHECK(of_split.empty());
}

}  // namespace
}  // namespace mrd::engine
