#include "namenode/tree/path.h"

#include <string>

#include <catch2/catch.hpp>

namespace mrd::namenode {
namespace {

TEST_CASE("path: what may be created", "[tree]") {
  for (const std::string good : {"/", "/a", "/a/b/", "/a b/tab\there", "/...", "/..a/a..", "/größe/日本語/😀", "/a\x01"}) {
    INFO(good);
    CHECK(IsValidName(good));
  }
  for (const std::string bad : {"", "a", "a/b", "//", "/a//b", "/a/./b", "/..", "/a/../b", "/a:b", "/\xff", "/a\xc3",
                                "/\xc0\xaf", "/\xed\xa0\x80", "/\xf5\x80\x80\x80", "/.reserved/.inodes/.."}) {
    INFO(bad);
    CHECK_FALSE(IsValidName(bad));
  }
  CHECK(IsValidName("/.reserved/.inodes/16386/.."));
  CHECK_FALSE(IsValidName("/.reserved/raw/x/.."));
}

TEST_CASE("path: length counts as Java does, in UTF-16 units, and depth in components", "[tree]") {
  const std::string deep = [] {
    std::string path;
    for (int i = 0; i < 1000; ++i) path += "/d";
    return path;
  }();
  CHECK(CheckPathLength("mkdirs", deep).ok());
  CHECK(CheckPathLength("mkdirs", deep + "/d").message() ==
        "mkdirs: Pathname too long.  Limit 8000 characters, 1000 levels.");
  CHECK(CheckPathLength("create", "/" + std::string(7999, 'x')).ok());
  CHECK_FALSE(CheckPathLength("create", "/" + std::string(8000, 'x')).ok());
  std::string wide = "/";
  for (int i = 0; i < 7999; ++i) wide += "é";
  CHECK(CheckPathLength("create", wide).ok());
  CHECK_FALSE(CheckPathLength("create", wide + "é").ok());
  std::string pairs = "/";
  for (int i = 0; i < 4000; ++i) pairs += "😀";
  CHECK_FALSE(CheckPathLength("create", pairs).ok());
}

TEST_CASE("path: components and joins", "[tree]") {
  Components components("//a/bc/");
  std::string_view name;
  REQUIRE(components.Next(&name));
  CHECK(name == "a");
  REQUIRE(components.Next(&name));
  CHECK(name == "bc");
  CHECK_FALSE(components.Next(&name));
  CHECK(JoinPath("/", "a") == "/a");
  CHECK(JoinPath("/a", "b") == "/a/b");
}

}  // namespace
}  // namespace mrd::namenode
