#include "dfs/wire/check_convert.h"

#include <array>
#include <bit>

#include <catch2/catch.hpp>

namespace mrd::dfs::wire {
namespace {

using Numbers = std::array<std::uint64_t, sizeof(CheckTotals) / sizeof(std::uint64_t)>;

// Every field has a number of its own, so one that is forgotten shows.
CheckTotals Full() {
  Numbers numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i + 1;
  return std::bit_cast<CheckTotals>(numbers);
}

TEST_CASE("check totals: sums take in every field", "[wire]") {
  CheckTotals sum;
  sum.Add(Full());
  CHECK(std::bit_cast<Numbers>(sum) == std::bit_cast<Numbers>(Full()));
  sum.Add(Full());
  for (std::size_t i = 0; i < Numbers().size(); ++i) CHECK(std::bit_cast<Numbers>(sum)[i] == 2 * (i + 1));
}

TEST_CASE("check convert: a page comes through the wire as it was", "[wire]") {
  CheckPage page;
  page.totals = Full();
  page.more = true;
  page.after = "/a";
  page.after_blocks = 3;
  page.client_ip = "10.1.1.1";
  page.pool = "BP-1";
  page.datanodes = 4;
  page.racks = 2;
  page.default_replication = 3;
  page.min_replication = 1;
  page.queued_copies = 9;
  CheckedFile& file = page.files.emplace_back();
  file.path = "/a";
  file.open = true;
  file.length = 77;
  file.replication = 3;
  file.block_count = 1;
  CheckedBlock& block = file.blocks.emplace_back();
  block.block = {BlockId{5}, GenerationStamp{6}, 77};
  block.index = 1;
  block.offset = 2;
  block.health = BlockHealth::kCorrupt;
  block.wanted = 3;
  block.why = "because";
  CheckedReplica& replica = block.replicas.emplace_back();
  replica.node.ip = "10.0.0.1";
  replica.node.xfer_port = 9866;
  replica.rack = "/r";
  replica.storage_uuid = "DS-1";
  replica.storage_type = StorageType::kSsd;
  replica.state = "CORRUPT";

  proto::CheckFilesResponseProto message;
  ToProto(page, &message);
  const Result<CheckPage> back = FromProto(message);
  REQUIRE(back.ok());
  CHECK(std::bit_cast<Numbers>(back->totals) == std::bit_cast<Numbers>(page.totals));
  CHECK((back->more && back->after == "/a" && back->after_blocks == 3));
  CHECK((back->client_ip == "10.1.1.1" && back->pool == "BP-1" && back->datanodes == 4 && back->racks == 2));
  REQUIRE(back->files.size() == 1);
  CHECK((back->files[0].open && back->files[0].length == 77 && back->files[0].block_count == 1));
  const CheckedBlock& told = back->files[0].blocks.at(0);
  CHECK(told.block == block.block);
  CHECK((told.index == 1 && told.offset == 2 && told.wanted == 3 && told.health == BlockHealth::kCorrupt));
  CHECK(told.why == "because");
  CHECK(told.replicas.at(0).node.XferAddress() == "10.0.0.1:9866");
  CHECK((told.replicas[0].rack == "/r" && told.replicas[0].storage_type == StorageType::kSsd));

  message.mutable_files(0)->mutable_blocks(0)->set_health(99);
  CHECK(FromProto(message).status().code() == Code::kCorruption);
}

}  // namespace
}  // namespace mrd::dfs::wire
