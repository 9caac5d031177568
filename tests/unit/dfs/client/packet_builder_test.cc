#include "dfs/client/packet_builder.h"

#include <catch2/catch.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dfs/wire/packet.h"

namespace mrd::dfs::client {
namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::size_t kPacket = 1024;

std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
  return bytes;
}

// What a datanode would make of a packet: its header, and whether the checksums fit the data.
wire::PacketHeader Check(const Packet& packet, const wire::ChecksumSpec& spec) {
  const std::string_view front = packet.front;
  const auto lengths = wire::DecodePacketLengths(front.substr(0, wire::kPacketPrefixBytes));
  REQUIRE(lengths.ok());
  const auto header = wire::DecodePacketHeader(*lengths, front.substr(wire::kPacketPrefixBytes, lengths->header_bytes));
  REQUIRE(header.ok());
  CHECK(wire::CheckPacketChecksums(*header, spec).ToString() == "OK");
  CHECK(header->data_bytes == packet.data_bytes);
  CHECK(header->seqno == packet.seqno);
  CHECK(header->last_in_block == packet.last_in_block);
  CHECK(header->sync == packet.sync);
  const std::string_view checksums = front.substr(wire::kPacketPrefixBytes + lengths->header_bytes);
  REQUIRE(checksums.size() == header->checksum_bytes);
  CHECK_FALSE(wire::FindBadChunk(spec, packet.data_view(), checksums).has_value());
  return *header;
}

using Packets = std::vector<std::unique_ptr<Packet>>;

void AddAll(PacketBuilder& builder, std::string_view bytes, Packets& out) {
  while (!bytes.empty()) {
    bytes.remove_prefix(builder.Add(bytes.data(), bytes.size()));
    while (auto packet = builder.TakeFull()) out.push_back(std::move(packet));
  }
}

// Puts the packets of consecutive blocks together again, checking that they follow each other.
std::vector<std::string> Reassemble(const Packets& packets, const wire::ChecksumSpec& spec, std::uint64_t first_offset) {
  std::vector<std::string> blocks = {""};
  std::uint64_t begin = first_offset;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const wire::PacketHeader header = Check(*packets[i], spec);
    CHECK(header.seqno == static_cast<std::int64_t>(i));
    CHECK(static_cast<std::uint64_t>(header.offset_in_block) == begin + blocks.back().size());
    blocks.back() += packets[i]->data_view();
    if (!header.last_in_block) continue;
    CHECK(header.data_bytes == 0);
    blocks.emplace_back();
    begin = 0;
  }
  return blocks;
}

TEST_CASE("packet builder: bytes come in whole packets, blocks end with an empty one", "[dfs][client]") {
  const wire::ChecksumSpec spec;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{100'000}}) {
    PacketBuilder builder(spec, kPacket, kBlock);
    Packets packets;
    const std::string bytes = Pattern(2 * kBlock + 1500);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      AddAll(builder, std::string_view(bytes).substr(at, piece), packets);
    CHECK(builder.block_open());
    packets.push_back(builder.TakePartial(false));
    packets.push_back(builder.EndBlock());
    CHECK_FALSE(builder.block_open());
    const std::vector<std::string> blocks = Reassemble(packets, spec, 0);
    REQUIRE(blocks.size() == 4);
    CHECK(blocks[0] == bytes.substr(0, kBlock));
    CHECK(blocks[1] == bytes.substr(kBlock, kBlock));
    CHECK(blocks[2] == bytes.substr(2 * kBlock));
    CHECK(blocks[3].empty());
    CHECK(packets[0]->data_bytes == kPacket);
    CHECK(packets.size() == 4 + 1 + 4 + 1 + 2 + 1);
  }
}

TEST_CASE("packet builder: a file of whole blocks leaves no block open", "[dfs][client]") {
  PacketBuilder builder(wire::ChecksumSpec(), kPacket, kBlock);
  Packets packets;
  AddAll(builder, Pattern(kBlock), packets);
  CHECK(packets.size() == 5);
  CHECK(packets.back()->last_in_block);
  CHECK_FALSE(builder.block_open());
  CHECK(builder.TakePartial(false) == nullptr);
  CHECK(builder.TakePartial(true) == nullptr);
}

TEST_CASE("packet builder: after a flush within a chunk the next packet fills that chunk up", "[dfs][client]") {
  const wire::ChecksumSpec spec;
  PacketBuilder builder(spec, kPacket, kBlock);
  Packets packets;
  const std::string bytes = Pattern(kBlock);
  AddAll(builder, std::string_view(bytes).substr(0, 700), packets);
  packets.push_back(builder.TakePartial(false));
  AddAll(builder, std::string_view(bytes).substr(700, 10), packets);
  packets.push_back(builder.TakePartial(true));
  AddAll(builder, std::string_view(bytes).substr(710), packets);
  CHECK(Reassemble(packets, spec, 0)[0] == bytes);
  CHECK(packets[0]->data_bytes == 700);
  CHECK(packets[1]->data_bytes == 10);
  CHECK(packets[1]->sync);
  CHECK(packets[2]->data_bytes == 1024 - 710);
  CHECK(packets[3]->data_bytes == kPacket);
}

TEST_CASE("packet builder: an append begins where the block ends", "[dfs][client]") {
  const wire::ChecksumSpec spec;
  PacketBuilder builder(spec, kPacket, kBlock);
  builder.ResumeBlock(1000);
  CHECK(builder.block_open());
  Packets packets;
  const std::string bytes = Pattern(kBlock);
  AddAll(builder, std::string_view(bytes).substr(0, kBlock - 1000), packets);
  const auto blocks = Reassemble(packets, spec, 1000);
  CHECK(blocks[0] == bytes.substr(0, kBlock - 1000));
  CHECK(packets[0]->data_bytes == 24);
  CHECK(packets.back()->last_in_block);
  CHECK(packets.back()->offset_in_block == kBlock);
}

TEST_CASE("packet builder: an empty packet asks for a sync of an open block only", "[dfs][client]") {
  PacketBuilder builder(wire::ChecksumSpec(), kPacket, kBlock);
  CHECK(builder.TakePartial(true) == nullptr);
  CHECK(builder.Add("x", 1) == 1);
  REQUIRE(builder.TakePartial(false) != nullptr);
  CHECK(builder.TakePartial(false) == nullptr);
  const auto sync = builder.TakePartial(true);
  REQUIRE(sync != nullptr);
  CHECK(sync->data_bytes == 0);
  CHECK(sync->offset_in_block == 1);
  CHECK(Check(*sync, wire::ChecksumSpec()).sync);
}

TEST_CASE("packet builder: other checksums, and blocks that are no whole number of chunks", "[dfs][client]") {
  for (const ChecksumType type : {ChecksumType::kNull, ChecksumType::kCrc32, ChecksumType::kCrc32c}) {
    const wire::ChecksumSpec spec{type, 100};
    PacketBuilder builder(spec, 64, 1050);  // packets hold one chunk at least
    Packets packets;
    const std::string bytes = Pattern(1050);
    AddAll(builder, bytes, packets);
    CHECK(packets.size() == 12);
    CHECK(Reassemble(packets, spec, 0)[0] == bytes);
  }
}

TEST_CASE("packet builder: memory of packets that are gone is used again, that of others is not", "[dfs][client]") {
  const wire::ChecksumSpec spec;
  auto builder = std::make_unique<PacketBuilder>(spec, kPacket, std::uint64_t{1} << 30);
  const std::string bytes = Pattern(100 * kPacket);
  Packets packets;
  std::set<const char*> used;
  for (std::size_t at = 0; at < bytes.size(); at += kPacket) {
    AddAll(*builder, std::string_view(bytes).substr(at, kPacket), packets);
    REQUIRE(packets.size() == (at == 0 ? 1 : 2));
    used.insert(packets.back()->data.get());
    // The one before is still on its way, and must be as it was.
    Check(*packets.front(), spec);
    const std::size_t shown = at == 0 ? 0 : at - kPacket;
    CHECK(packets.front()->data_view() == std::string_view(bytes).substr(shown, kPacket));
    if (packets.size() == 2) packets.erase(packets.begin());
  }
  CHECK(used.size() <= 3);
  // A packet may outlive the builder.
  builder.reset();
  CHECK(packets.front()->data_view() == std::string_view(bytes).substr(99 * kPacket));
}

}  // namespace
}  // namespace mrd::dfs::client
