#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "namenode/tree/namespace.h"

namespace mrd::namenode {

// A formatted namespace, the durable map that its mutations make, and short names for operations.
class TreeFixture {
 public:
  explicit TreeFixture(TreeOptions options = SmallBlocks()) : options_(options), space(options) {
    space.Format(now, sink);
    Journal();
  }

  static TreeOptions SmallBlocks() {
    TreeOptions options;
    options.block_size_min = 1;
    return options;
  }

  // After this many operations have been journalled, the same content from a replay and from a scan of the map.
  void RequireDualApply() {
    Journal();
    REQUIRE(space.CheckInvariants().ToString() == "OK");
    Namespace replayed(options_);
    for (const Mutation& mutation : journal) REQUIRE(replayed.Apply(mutation).ToString() == "OK");
    REQUIRE(replayed.Finish().ToString() == "OK");
    REQUIRE(replayed.Dump() == space.Dump());
    REQUIRE(replayed.CheckInvariants().ToString() == "OK");
    Namespace scanned(options_);
    for (const auto& [key, value] : map) REQUIRE(scanned.Load(key, value).ToString() == "OK");
    REQUIRE(scanned.Finish().ToString() == "OK");
    REQUIRE(scanned.Dump() == space.Dump());
    REQUIRE(scanned.HasDetached() == space.HasDetached());
  }

  Context As(const Caller& caller) { return {caller, now, sink}; }

  bool Mkdirs(const std::string& path, std::uint16_t mode = 0755) {
    auto made = space.Mkdirs(As(root), path, mode, true);
    INFO(made.status().ToString());
    REQUIRE(made.ok());
    Journal();
    return *made;
  }

  // A closed file with blocks of these lengths.
  dfs::InodeId MakeFile(const std::string& path,
                        const std::vector<std::uint64_t>& lengths = {},
                        std::uint32_t replication = 3,
                        const Caller* caller = nullptr) {
    FileRef file = OpenFile(path, "writer", replication, caller);
    for (const std::uint64_t length : lengths) {
      const dfs::Block block = NewBlock();
      REQUIRE(space.AddBlock(file, block, sink).ToString() == "OK");
      space.SetBlock(file, file.block_count() - 1, {block.id, block.stamp, length}, false, sink);
    }
    space.Close(file, now, sink);
    Journal();
    return file.id();
  }

  FileRef OpenFile(const std::string& path,
                   const std::string& client,
                   std::uint32_t replication = 3,
                   const Caller* caller = nullptr) {
    CreateRequest request = Request(path, client);
    request.replication = replication;
    auto created = space.CreateFile(As(caller ? *caller : root), request);
    INFO(created.status().ToString());
    REQUIRE(created.ok());
    Journal();
    return created->file;
  }

  static CreateRequest Request(const std::string& path, const std::string& client = "writer") {
    CreateRequest request;
    request.path = path;
    request.client_name = client;
    request.client_machine = "10.0.0.9";
    request.block_size = 100;
    return request;
  }

  dfs::Block NewBlock() {
    const auto id = space.TakeFromCounter("block-id", static_cast<std::uint64_t>(dfs::kFirstBlockId.value), sink);
    const auto stamp =
        space.TakeFromCounter("generation-stamp", static_cast<std::uint64_t>(dfs::kFirstGenerationStamp.value), sink);
    return {{static_cast<std::int64_t>(id)}, {static_cast<std::int64_t>(stamp)}, 0};
  }

  std::optional<dfs::FileStatus> Stat(const std::string& path) {
    auto status = space.GetFileInfo(root, path);
    INFO(status.status().ToString());
    REQUIRE(status.ok());
    return *status;
  }
  bool Exists(const std::string& path) { return Stat(path).has_value(); }

  std::vector<std::string> List(const std::string& path, const std::string& after = "") {
    auto listing = space.GetListing(root, path, after);
    REQUIRE(listing.ok());
    REQUIRE(listing->has_value());
    std::vector<std::string> names;
    for (const dfs::FileStatus& entry : (*listing)->entries) names.push_back(entry.path);
    return names;
  }

  // Takes what the last operation emitted into the journal and the map.
  void Journal() {
    for (Mutation& mutation : sink.Take()) {
      if (mutation.value) {
        map.insert_or_assign(mutation.key, *mutation.value);
      } else {
        map.erase(mutation.key);
      }
      journal.push_back(std::move(mutation));
    }
  }

 private:
  const TreeOptions options_;

 public:
  const Caller root{"hdfs", {"supergroup"}, true};
  const Caller alice{"alice", {"staff", "users"}, false};
  const Caller bob{"bob", {"users"}, false};
  std::int64_t now = 1'700'000'000'000;
  MutationSink sink;
  Namespace space;
  std::vector<Mutation> journal;
  std::map<std::string, std::string> map;
};

// The failure's short class name and message: "FileNotFoundException: File does not exist: /x"; "OK".
inline std::string Told(const Status& status) {
  if (status.ok()) return "OK";
  const std::string& tag = status.tag();
  return tag.substr(tag.rfind('.') + 1) + ": " + status.message();
}
template <typename T>
std::string Told(const Result<T>& result) {
  return Told(result.status());
}

}  // namespace mrd::namenode
