#include "common/base/edit_distance.h"

#include <vector>

#include <catch2/catch.hpp>

namespace mrd {

TEST_CASE("edit distance: insertions, deletions, replacements and swaps count one each",
          "[edit_distance]") {
  CHECK(EditDistance("", "") == 0);
  CHECK(EditDistance("", "abc") == 3);
  CHECK(EditDistance("abc", "") == 3);
  CHECK(EditDistance("kitten", "sitting") == 3);
  CHECK(EditDistance("wordcount", "wordcuont") == 1);
  CHECK(EditDistance("sort", "sorts") == 1);
}

TEST_CASE("edit distance: it is symmetric", "[edit_distance]") {
  CHECK(EditDistance("terasort", "teragen") == EditDistance("teragen", "terasort"));
}

TEST_CASE("nearest name: a typing error finds its name, another word finds none",
          "[edit_distance]") {
  const std::vector<std::string> names = {"grep", "sort", "wordcount"};
  CHECK(NearestName("wrodcount", names) == "wordcount");
  CHECK(NearestName("gerp", names) == "grep");
  CHECK_FALSE(NearestName("invertedindex", names).has_value());
  CHECK_FALSE(NearestName("x", names).has_value());
  CHECK_FALSE(NearestName("sort", {}).has_value());
}

TEST_CASE("nearest name: the first of several equally near ones", "[edit_distance]") {
  const std::vector<std::string> names = {"part-a", "part-b"};
  CHECK(NearestName("part-c", names) == "part-a");
}

}  // namespace mrd
