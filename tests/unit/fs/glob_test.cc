#include "common/fs/glob.h"

#include <catch2/catch.hpp>

#include "common/base/env.h"
#include "common/fs/local_file_system.h"
#include "tests/support/temporary_dir.h"

namespace mrd::fs {
namespace {

bool M(std::string_view pattern, std::string_view name) {
  const Result<bool> matches = GlobMatches(pattern, name);
  INFO(pattern << " against " << name);
  REQUIRE(matches.ok());
  return *matches;
}

std::string ErrorOf(std::string_view pattern) {
  return GlobMatches(pattern, "x").status().message();
}

struct Tree {
  Tree() {
    for (const char* name :
         {"2024/01/a.log", "2024/01/b.txt", "2024/02/a.log", "2025/01/a.log", ".hidden", "x*y"}) {
      auto file = fs->Create(Path("", "", dir / name), false);
      REQUIRE(file.ok());
      REQUIRE((*file)->Close().ok());
    }
  }

  // Matching paths below the directory, or the error.
  std::vector<std::string> Find(const std::string& pattern) {
    const auto found = Glob(*fs, Path("", "", dir / pattern));
    if (!found.ok()) return {found.status().ToString()};
    std::vector<std::string> names;
    for (const FileStatus& status : *found)
      names.push_back(status.path.path().substr(dir.path().size() + 1));
    return names;
  }

  using Names = std::vector<std::string>;
  test::TemporaryDir dir;
  std::shared_ptr<FileSystem> fs = MakeLocalFileSystem(Env::Posix());
};

}  // namespace

TEST_CASE("glob: what counts as a pattern", "[glob]") {
  for (const char* text : {"a*", "?", "[a]", "{a,b}", "\\a*"}) CHECK(HasGlob(text));
  for (const char* text : {"", "abc", "a\\*b", "\\[", "]", "}", ","}) CHECK_FALSE(HasGlob(text));
}

TEST_CASE("glob: stars and question marks", "[glob]") {
  CHECK(M("*", "abc"));
  CHECK(M("*", ""));
  CHECK(M("a*c", "abbbc"));
  CHECK(M("a*b*c", "aXbYbZc"));
  CHECK(M("*.log", ".log"));
  CHECK_FALSE(M("a*c", "abcd"));
  CHECK(M("a?c", "abc"));
  CHECK_FALSE(M("a?c", "ac"));
  CHECK_FALSE(M("", "a"));
  CHECK(M("", ""));
}

TEST_CASE("glob: no wildcard passes a slash", "[glob]") {
  CHECK_FALSE(M("a*", "a/b"));
  CHECK_FALSE(M("a?b", "a/b"));
  CHECK_FALSE(M("a[^x]b", "a/b"));
  CHECK(M("*/b", "a/b"));
  CHECK(M("a*/b*", "a1/b2"));
  CHECK_FALSE(M("*b", "a/b"));
}

TEST_CASE("glob: brackets", "[glob]") {
  CHECK(M("[abc]", "b"));
  CHECK_FALSE(M("[abc]", "d"));
  CHECK(M("[a-c]x", "bx"));
  CHECK(M("[^a-c]", "d"));
  CHECK_FALSE(M("[^a-c]", "b"));
  CHECK(M("[!a]", "b"));
  CHECK(M("[a-]", "-"));
  CHECK(M("[]a]", "]"));
  CHECK(M("[\\]]", "]"));
  CHECK(M("[{,}]", ","));
  CHECK(M("[a*]", "*"));
}

TEST_CASE("glob: braces, nested and empty alternatives too", "[glob]") {
  CHECK(M("{ab,cd}", "ab"));
  CHECK(M("x{a,b{c,d}}y", "xbdy"));
  CHECK_FALSE(M("x{a,b{c,d}}y", "xby"));
  CHECK(M("a{,b}", "a"));
  CHECK(M("{a*,b}c", "axxc"));
  CHECK(M("{a/b,c}", "a/b"));
  CHECK(M("a,b", "a,b"));
  CHECK(M("a}", "a}"));
  CHECK(M("{a,b}{c,d}", "bc"));
}

TEST_CASE("glob: a backslash takes the next character literally", "[glob]") {
  CHECK(M("\\*", "*"));
  CHECK_FALSE(M("\\*", "a"));
  CHECK(M("\\{a,b\\}", "{a,b}"));
  CHECK(M("{a\\,b,c}", "a,b"));
  CHECK(M("\\\\", "\\"));
}

TEST_CASE("glob: a character is a UTF-8 sequence, or a byte of none", "[glob]") {
  CHECK(M("?", "\xC3\xA4"));
  CHECK(M("[\xC3\xA4-\xC3\xB6]", "\xC3\xA5"));
  CHECK_FALSE(M("[^\xC3\xA4]", "\xC3\xA4"));
  CHECK(M("a?b",
          "a\xFF"
          "b"));
  CHECK(M("a*b",
          "a\xC3"
          "b"));
}

TEST_CASE("glob: errors name pattern and position", "[glob]") {
  CHECK(ErrorOf("a[b") == "pattern a[b: the bracket is never closed, opened at position 2");
  CHECK(ErrorOf("a{b,c") == "pattern a{b,c: the brace is never closed, opened at position 2");
  CHECK(ErrorOf("[z-a]") ==
        "pattern [z-a]: the range ends before it begins in the bracket at position 1");
  CHECK(ErrorOf("a\\") == "pattern a\\: nothing follows the backslash at position 2");
  CHECK_THAT(
      ErrorOf("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"),
      Catch::Contains("more than 10000 alternatives"));
}

TEST_CASE("glob: many stars do not take exponential time", "[glob]") {
  CHECK_FALSE(M("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST_CASE_METHOD(Tree, "glob: paths that match, sorted", "[glob]") {
  CHECK(Find("*/*/a.log") == Names{"2024/01/a.log", "2024/02/a.log", "2025/01/a.log"});
  CHECK(Find("2024/*/*.txt") == Names{"2024/01/b.txt"});
  CHECK(Find("202[45]") == Names{"2024", "2025"});
  CHECK(Find("*/01") == Names{"2024/01", "2025/01"});
  CHECK(Find("{2025/01,2024/02}/a.log") == Names{"2024/02/a.log", "2025/01/a.log"});
  CHECK(Find("{2024,202*}/02") == Names{"2024/02"});
  CHECK(Find("?hidden") == Names{".hidden"});
}

TEST_CASE_METHOD(Tree,
                 "glob: plain paths and escaped ones give themselves if they exist",
                 "[glob]") {
  CHECK(Find("2024/01/a.log") == Names{"2024/01/a.log"});
  CHECK(Find("x\\*y") == Names{"x*y"});
  CHECK(Find("2024/../2025") == Names{"2024/../2025"});
  CHECK(Find("none").empty());
}

TEST_CASE_METHOD(Tree, "glob: nothing that matches is an empty list, also below a file", "[glob]") {
  CHECK(Find("*.none").empty());
  CHECK(Find("none/*").empty());
  CHECK(Find("2024/01/a.log/*").empty());
}

TEST_CASE_METHOD(Tree, "glob: the root, relative paths and bad patterns", "[glob]") {
  REQUIRE(Glob(*fs, Path("", "", "/")).ok());
  CHECK(Glob(*fs, Path("", "", "/"))->size() == 1);
  CHECK(Glob(*fs, Path("", "", "a*")).status().code() == Code::kInvalidArgument);
  CHECK_THAT(Find("2024/[x").at(0), Catch::Contains("never closed"));
}

}  // namespace mrd::fs
