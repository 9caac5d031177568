#include "namenode/tree/inode_record.h"

#include <catch2/catch.hpp>

#include "common/base/random.h"
#include "namenode/tree/keys.h"

namespace mrd::namenode {
namespace {

InodeRecord SampleFile() {
  InodeRecord record;
  record.parent = 16385;
  record.name = "part-0";
  record.mode = 01644 & 01777;
  record.owner = "al";
  record.group = "staff";
  record.modified_ms = 1'700'000'000'000;
  record.accessed_ms = -5;
  record.replication = 3;
  record.block_size = 1u << 27;
  record.open = true;
  record.client_name = "DFSClient_1";
  record.client_machine = "10.0.0.1";
  record.last_open = true;
  record.blocks = {{{1073741825}, {1001}, 134217728}, {{-7}, {1002}, UINT64_MAX}};
  return record;
}

TEST_CASE("inode record: a file and a directory come back as they went", "[tree]") {
  const std::string value = EncodeInode(SampleFile());
  InodeRecord back;
  REQUIRE(DecodeInode(value, &back).ok());
  CHECK_FALSE(back.directory);
  CHECK(back.parent == 16385);
  CHECK(back.name == "part-0");
  CHECK(back.mode == (01644 & 01777));
  CHECK(back.owner == "al");
  CHECK(back.group == "staff");
  CHECK(back.modified_ms == 1'700'000'000'000);
  CHECK(back.accessed_ms == -5);
  CHECK(back.replication == 3);
  CHECK(back.block_size == 1u << 27);
  CHECK(back.open);
  CHECK(back.client_name == "DFSClient_1");
  CHECK(back.client_machine == "10.0.0.1");
  CHECK(back.last_open);
  CHECK(back.blocks == SampleFile().blocks);
  CHECK(EncodeInode(back) == value);

  InodeRecord directory;
  directory.directory = true;
  directory.name = "d";
  directory.quota = {5, dfs::kQuotaUnset};
  const std::string encoded = EncodeInode(directory);
  REQUIRE(DecodeInode(encoded, &back).ok());
  CHECK(back.directory);
  CHECK(back.quota == directory.quota);
  CHECK(back.blocks.empty());
}

TEST_CASE("inode record: the bytes of version 1 do not change", "[tree]") {
  InodeRecord record;
  record.parent = 16385;
  record.name = "f";
  record.mode = 0644;
  record.owner = "u";
  record.group = "g";
  record.modified_ms = 1;
  record.accessed_ms = -1;
  record.replication = 2;
  record.block_size = 300;
  record.blocks = {{{1}, {1001}, 5}};
  const unsigned char expected[] = {1, 0, 0x81, 0x80, 1, 1, 'f', 0xA4, 3, 1,    'u',  1,
                                    'g', 2, 1,    2,    0xAC, 2, 1, 1, 0xE9, 7, 5};
  CHECK(EncodeInode(record) == std::string(reinterpret_cast<const char*>(expected), sizeof expected));
}

TEST_CASE("inode record: every cut and many damaged bytes are refused or read without harm", "[tree]") {
  const std::string value = EncodeInode(SampleFile());
  InodeRecord record;
  for (std::size_t length = 0; length < value.size(); ++length) {
    const std::string cut = value.substr(0, length);
    REQUIRE(DecodeInode(cut, &record).code() == Code::kCorruption);
  }
  REQUIRE(DecodeInode(value + "x", &record).code() == Code::kCorruption);
  Random random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = value;
    for (std::uint64_t i = 0; i <= random.Below(3); ++i) {
      damaged[random.Below(damaged.size())] = static_cast<char>(random.Next());
    }
    const Status status = DecodeInode(damaged, &record);
    REQUIRE((status.ok() || status.code() == Code::kCorruption));
    REQUIRE(record.blocks.size() <= kBlocksPerPart);
  }
  std::string future = value;
  future[0] = 2;
  CHECK(DecodeInode(future, &record).message().find("version 2") != std::string::npos);
}

TEST_CASE("inode record: parts of blocks", "[tree]") {
  BlockPart part;
  part.last_open = true;
  for (int i = 0; i < 64; ++i) part.blocks.push_back({{i}, {i + 1}, static_cast<std::uint64_t>(i) * 1000});
  const std::string value = EncodeBlockPart(part);
  BlockPart back;
  REQUIRE(DecodeBlockPart(value, &back).ok());
  CHECK(back.last_open);
  CHECK(back.blocks == part.blocks);
  for (std::size_t length = 0; length < value.size(); ++length) {
    REQUIRE_FALSE(DecodeBlockPart(value.substr(0, length), &back).ok());
  }
  part.blocks.push_back({});
  CHECK_FALSE(DecodeBlockPart(EncodeBlockPart(part), &back).ok());
}

TEST_CASE("keys: order of keys is order of ids, and parts follow their inode", "[tree]") {
  CHECK(InodeKey({255}) < InodeKey({256}));
  CHECK(InodeKey({256}) < BlockChunkKey({256}, 1));
  CHECK(BlockChunkKey({256}, 255) < BlockChunkKey({256}, 256));
  CHECK(BlockChunkKey({256}, 256) < InodeKey({257}));
  const auto parts = ParseInodeKey(BlockChunkKey({16386}, 7));
  REQUIRE(parts);
  CHECK(parts->id == dfs::InodeId{16386});
  CHECK(parts->chunk == 7);
  CHECK_FALSE(ParseInodeKey("I"));
  CHECK_FALSE(ParseInodeKey(BlockChunkKey({1}, 0)));
  CHECK_FALSE(ParseInodeKey("C" + std::string(8, 'x')));
  CHECK(ParseCounterKey(CounterKey("inode-id")) == "inode-id");
  CHECK(*ParseCounterValue(CounterValue(0x0102030405060708)) == 0x0102030405060708);
  CHECK_FALSE(ParseCounterValue("1234567").ok());
}

}  // namespace
}  // namespace mrd::namenode
