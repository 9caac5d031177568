#include "common/fs/path.h"

#include <catch2/catch.hpp>

namespace mrd::fs {
namespace {

Path P(std::string_view text) {
  Result<Path> path = Path::Parse(text);
  REQUIRE(path.ok());
  return *path;
}

}  // namespace

TEST_CASE("path: scheme, authority and path are told apart", "[path]") {
  const Path full = P("hdfs://nn:8020/a/b");
  CHECK(full.scheme() == "hdfs");
  CHECK(full.authority() == "nn:8020");
  CHECK(full.path() == "/a/b");
  CHECK(P("file:///x").authority().empty());
  CHECK(P("file:/x").path() == "/x");
  CHECK(P("hdfs://nn:8020").path() == "/");
  CHECK(P("/a").scheme().empty());
}

TEST_CASE("path: a colon without a slash after it belongs to the name", "[path]") {
  CHECK(P("12:30.log").path() == "12:30.log");
  CHECK(P("a:b").scheme().empty());
  CHECK(P("a:b/c").path() == "a:b/c");
  CHECK(P("1a:/b").path() == "1a:/b");
  CHECK(P("dir/x:/y").path() == "dir/x:/y");
}

TEST_CASE("path: slashes are normalised, dots and other characters are kept", "[path]") {
  CHECK(P("//a///b//").path() == "/a/b");
  CHECK(P("/").path() == "/");
  CHECK(P("///").path() == "/");
  CHECK(P("a/../b/.").path() == "a/../b/.");
  CHECK(P("/a b%20\xC3\xA4*").path() == "/a b%20\xC3\xA4*");
}

TEST_CASE("path: empty texts and NUL bytes are refused", "[path]") {
  CHECK(Path::Parse("").status().code() == Code::kInvalidArgument);
  CHECK(Path::Parse(std::string_view("/a\0b", 4)).status().code() == Code::kInvalidArgument);
}

TEST_CASE("path: names, parents and children", "[path]") {
  CHECK(P("/a/b").name() == "b");
  CHECK(P("/").name().empty());
  CHECK(P("/a/b").parent() == P("/a"));
  CHECK(P("/a").parent() == P("/"));
  CHECK(P("/").parent() == P("/"));
  CHECK(P("a").parent() == P("."));
  CHECK(P("hdfs://h/a").parent() == P("hdfs://h/"));
  CHECK(P("/").Child("a") == P("/a"));
  CHECK(P("hdfs://h/a").Child("b/c") == P("hdfs://h/a/b/c"));
}

TEST_CASE("path: printing gives what was written", "[path]") {
  for (const char* text : {"/", "/a/b", "a", "hdfs://h:1/a", "file:///a", "a:b"})
    CHECK(P(text).ToString() == text);
  CHECK(P("file:/a").ToString() == "file:///a");
}

}  // namespace mrd::fs
