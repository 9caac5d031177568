#include "mapred/wire/convert.h"
#include "mapred/wire/recipe.h"

#include <catch2/catch.hpp>

namespace mrd::mapred::wire {

TEST_CASE("counters and ledger come back as they went") {
  engine::Counters counters;
  counters.Add(engine::kTaskGroup, "MAP_INPUT_RECORDS", 7);
  counters.Add("mine", "odd", -3);
  proto::CountersProto message;
  ToProto(counters, &message);
  CHECK(FromProto(message).ToString() == counters.ToString());

  engine::Ledger ledger;
  ledger.split_bytes = 1;
  ledger.map_records = 2;
  ledger.largest_group_key = std::string("a\0b", 3);
  ledger.largest_group_records = 9;
  ledger.group_histogram[5] = 6;
  proto::LedgerProto sent;
  ToProto(ledger, &sent);
  CHECK(engine::LedgerToJson(FromProto(sent)) == engine::LedgerToJson(ledger));
}

TEST_CASE("a split keeps its pieces in order") {
  engine::InputSplit split;
  split.input_index = 2;
  split.bytes = 30;
  split.pieces = {{.path = "hdfs://h/a", .start = 5, .length = 10, .whole_file = false, .payload = {}},
                  {.path = "b", .start = 0, .length = 20, .whole_file = true, .payload = std::string("\0x", 2)}};
  proto::SplitProto message;
  ToProto(split, &message);
  const engine::InputSplit back = FromProto(message);
  CHECK(back.input_index == 2);
  CHECK(back.bytes == 30);
  REQUIRE(back.pieces.size() == 2);
  CHECK(back.pieces[0].start == 5);
  CHECK_FALSE(back.pieces[0].whole_file);
  CHECK(back.pieces[1].path == "b");
  CHECK(back.pieces[1].whole_file);
  CHECK(back.pieces[1].payload == std::string("\0x", 2));
}

TEST_CASE("a recipe of inputs comes back as it went") {
  engine::InputRecipe recipe;
  recipe.inputs = {{"hdfs://h/logs/%Y", 0}, {"/b*", 3}};
  recipe.cuts = {{0, engine::InputRecipe::Cut::kNever}, {3, engine::InputRecipe::Cut::kAlways}};
  recipe.split_min_bytes = 7;
  recipe.split_max_bytes = 9;
  recipe.recursive = true;
  recipe.combine_small_files = false;
  recipe.records_found_anywhere = false;
  proto::InputRecipeProto message;
  ToProto(recipe, &message);
  const engine::InputRecipe back = FromProto(message);
  REQUIRE(back.inputs.size() == 2);
  CHECK(back.inputs[1].path == "/b*");
  CHECK(back.inputs[1].input_index == 3);
  CHECK(back.CutOf(3) == engine::InputRecipe::Cut::kAlways);
  CHECK(back.CutOf(8) == engine::InputRecipe::Cut::kNever);  // as index 0
  CHECK(back.split_min_bytes == 7);
  CHECK(back.split_max_bytes == 9);
  CHECK(back.recursive);
  CHECK_FALSE(back.combine_small_files);
  CHECK_FALSE(back.records_found_anywhere);
  CHECK(FromProto(proto::InputRecipeProto()).CutOf(0) == engine::InputRecipe::Cut::kByName);
}

}  // namespace mrd::mapred::wire
