#include "dfs/wire/block_convert.h"

#include <catch2/catch.hpp>

#include "proto/mr/datanode.pb.h"
#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

ExtendedBlock SomeBlock() { return {.pool = "BP-1", .block = {.id = kFirstBlockId, .stamp = {1001}, .length = 5}}; }

LocatedBlock SomeLocatedBlock() {
  LocatedBlock block{.block = SomeBlock(), .offset = 128u << 20, .corrupt = true, .locations = {}};
  for (int i = 0; i < 3; ++i) {
    ReplicaLocation location;
    location.node.id.ip = "10.0.0." + std::to_string(i);
    location.storage_uuid = "DS-" + std::to_string(i);
    location.storage_type = i == 1 ? StorageType::kSsd : StorageType::kDisk;
    block.locations.push_back(location);
  }
  return block;
}

TEST_CASE("block: its bytes are those of the protocol", "[wire]") {
  hadoop::hdfs::ExtendedBlockProto proto;
  ToProto(SomeBlock(), &proto);
  CHECK(Hex(proto.SerializeAsString()) == Hex(Bytes("0A 04 42502D31 | 10 8180808004 | 18 E907 | 20 05")));
  CHECK(*FromProto(proto) == SomeBlock());
  hadoop::hdfs::BlockProto plain;
  ToProto(SomeBlock().block, &plain);
  CHECK(Hex(plain.SerializeAsString()) == Hex(Bytes("08 8180808004 | 10 E907 | 18 05")));
  CHECK(*FromProto(plain) == SomeBlock().block);
}

TEST_CASE("block: ids are signed, lengths are not negative", "[wire]") {
  hadoop::hdfs::ExtendedBlockProto proto;
  ToProto(SomeBlock(), &proto);
  proto.set_blockid(static_cast<std::uint64_t>(-5));  // as of erasure coding
  CHECK(FromProto(proto)->block.id.value == -5);
  proto.set_numbytes(UINT64_MAX);
  const auto block = FromProto(proto);
  CHECK(block.status().code() == Code::kInvalidArgument);
  CHECK_THAT(block.status().message(), Catch::Contains("length -1"));
}

TEST_CASE("located block: an empty token, and types, ids and cache marks for every location", "[wire]") {
  hadoop::hdfs::LocatedBlockProto proto;
  ToProto(SomeLocatedBlock(), &proto);
  REQUIRE(proto.IsInitialized());
  CHECK(Hex(proto.blocktoken().SerializeAsString()) == Hex(Bytes("0A00 1200 1A00 2200")));
  CHECK(proto.storagetypes_size() == 3);
  CHECK(proto.storageids_size() == 3);
  CHECK(proto.iscached_size() == 3);
  CHECK_THAT(Hex(proto.SerializeAsString()), Catch::Contains("3203000000"));  // packed

  const auto back = FromProto(proto);
  REQUIRE(back.ok());
  CHECK(back->block == SomeBlock());
  CHECK(back->offset == 128u << 20);
  CHECK(back->corrupt);
  REQUIRE(back->locations.size() == 3);
  CHECK(back->locations[2].node.id.ip == "10.0.0.2");
  CHECK(back->locations[2].storage_uuid == "DS-2");
  CHECK(back->locations[1].storage_type == StorageType::kSsd);
}

TEST_CASE("located block: without types and ids it is read, with too few it is refused", "[wire]") {
  hadoop::hdfs::LocatedBlockProto proto;
  ToProto(SomeLocatedBlock(), &proto);
  proto.clear_storagetypes();
  proto.clear_storageids();
  const auto bare = FromProto(proto);
  REQUIRE(bare.ok());
  CHECK(bare->locations[1].storage_type == StorageType::kDisk);
  CHECK(bare->locations[1].storage_uuid.empty());
  proto.add_storageids("DS-0");
  CHECK(FromProto(proto).status().message() ==
        "blk_1073741825_1001 with 3 locations, 0 storage types and 1 storage ids");
}

TEST_CASE("located blocks: an absent last block stays absent", "[wire]") {
  LocatedBlocks blocks;
  hadoop::hdfs::LocatedBlocksProto proto;
  ToProto(blocks, &proto);
  CHECK(Hex(proto.SerializeAsString()) == Hex(Bytes("08 00 | 18 00 | 28 00")));
  CHECK_FALSE(FromProto(proto)->last_block.has_value());

  blocks.file_length = 7;
  blocks.blocks = {SomeLocatedBlock(), SomeLocatedBlock()};
  blocks.under_construction = true;
  blocks.last_block = SomeLocatedBlock();
  blocks.last_block_complete = true;
  proto.Clear();
  ToProto(blocks, &proto);
  const auto back = FromProto(proto);
  REQUIRE(back.ok());
  CHECK(back->file_length == 7);
  CHECK(back->blocks.size() == 2);
  CHECK(back->under_construction);
  REQUIRE(back->last_block.has_value());
  CHECK(back->last_block->locations.size() == 3);
  CHECK(back->last_block_complete);
  proto.mutable_blocks(1)->mutable_locs(0)->mutable_id()->set_ipcport(70'000);
  CHECK(FromProto(proto).status().code() == Code::kInvalidArgument);
}

TEST_CASE("block report: replicas are packed and unpacked", "[wire]") {
  proto::BlockReportRequestProto report;
  std::vector<ReportedReplica> replicas;
  for (int i = 0; i < 100; ++i) {
    replicas.push_back({.block = {.id = {kFirstBlockId.value + i}, .stamp = {1001 + i}, .length = 10u * i},
                        .state = static_cast<ReplicaState>(i % 5)});
    AppendReplica(replicas.back(), report.mutable_replicas());
  }
  const auto back = ReplicasFromProto(report.replicas());
  REQUIRE(back.ok());
  REQUIRE(back->size() == replicas.size());
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    CHECK((*back)[i].block == replicas[i].block);
    CHECK((*back)[i].state == replicas[i].state);
  }
}

TEST_CASE("block report: torn replicas, states that nobody has and negative lengths are refused", "[wire]") {
  proto::BlockReportRequestProto report;
  AppendReplica({}, report.mutable_replicas());
  report.mutable_replicas()->Set(3, 5);
  CHECK(ReplicasFromProto(report.replicas()).status().code() == Code::kInvalidArgument);
  report.mutable_replicas()->Set(3, 4);
  CHECK(ReplicasFromProto(report.replicas()).ok());
  report.mutable_replicas()->Set(1, UINT64_MAX);
  CHECK(ReplicasFromProto(report.replicas()).status().code() == Code::kInvalidArgument);
  report.mutable_replicas()->Set(1, 0);
  report.add_replicas(1);
  CHECK(ReplicasFromProto(report.replicas()).status().code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace mrd::dfs::wire
