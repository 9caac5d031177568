#include "mapred/wire/convert.h"

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

}  // namespace mrd::mapred::wire
