#include "jobtracker/service/split_table.h"

#include <catch2/catch.hpp>

#include "jobtracker/journal/store_keys.h"

namespace mrd::jobtracker {
namespace {

mapred::proto::SplitProto Split(int number) {
  mapred::proto::SplitProto split;
  split.set_inputindex(0);
  split.set_bytes(static_cast<std::uint64_t>(number));
  mapred::proto::PieceProto& piece = *split.add_pieces();
  piece.set_path("/in/" + std::to_string(number));
  piece.set_start(0);
  piece.set_length(1);
  if (number % 2 == 0) split.add_hosts("host" + std::to_string(number));
  return split;
}

}  // namespace

TEST_CASE("split table: gives back what was put in, also by way of the store", "[splits]") {
  SplitTable table;
  constexpr int kSplits = 1'234;
  for (int i = 0; i < kSplits; ++i) table.Add(Split(i));
  const std::vector<StoreWrite> writes = table.ToWrites("job_1_0001");
  CHECK(writes.size() == (kSplits + kSplitsPerChunk - 1) / kSplitsPerChunk);
  SplitTable again;
  for (const StoreWrite& write : writes) REQUIRE(again.AddChunk(*write.value).ok());
  REQUIRE(again.size() == kSplits);
  CHECK(again.bytes() == table.bytes());
  for (const int i : {0, 1, 499, 500, 1233}) {
    CHECK(again.At(static_cast<std::size_t>(i)).SerializeAsString() == Split(i).SerializeAsString());
  }
  const std::vector<SplitSummary> summaries = again.Summaries();
  REQUIRE(summaries.size() == kSplits);
  CHECK(summaries[4].bytes == 4);
  CHECK(summaries[4].hosts == std::vector<std::string>{"host4"});
  CHECK(summaries[5].hosts.empty());
}

TEST_CASE("split table: a job without splits, and a value that is none", "[splits]") {
  SplitTable table;
  CHECK(table.ToWrites("job_1_0001").empty());
  CHECK(table.Summaries().empty());
  CHECK(table.AddChunk("\xFFgarbage").code() == Code::kCorruption);
}

}  // namespace mrd::jobtracker
