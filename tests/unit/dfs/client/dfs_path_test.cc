#include "dfs/client/dfs_path.h"

#include <catch2/catch.hpp>

namespace mrd::dfs::client {
namespace {

std::string Of(const std::string& path) { return DfsPath(fs::Path("hdfs", "h:1", path)); }

TEST_CASE("dfs path: dots are resolved by name", "[dfs][client]") {
  CHECK(Of("/") == "/");
  CHECK(Of("/a/b") == "/a/b");
  CHECK(Of("/a/./b/../c") == "/a/c");
  CHECK(Of("/..") == "/");
  CHECK(Of("/../../a") == "/a");
  CHECK(Of("/a/..") == "/");
  CHECK(Of("/a/...") == "/a/...");
}

TEST_CASE("dfs path: authorities", "[dfs][client]") {
  const auto plain = ParseAuthority("nn", 8020);
  REQUIRE(plain.ok());
  CHECK(plain->host == "nn");
  CHECK(plain->port == 8020);
  CHECK(ParseAuthority("10.0.0.1:9000", 8020)->port == 9000);
  const auto six = ParseAuthority("[::1]:9000", 8020);
  REQUIRE(six.ok());
  CHECK(six->host == "::1");
  CHECK(six->port == 9000);
  for (const char* bad : {"", ":1", "h:", "h:x", "h:0", "h:65536", "h:1x", "[::1"}) {
    INFO(bad);
    CHECK(ParseAuthority(bad, 8020).status().code() == Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace mrd::dfs::client
