#include "dfs/wire/packet.h"

#include <catch2/catch.hpp>

#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

Result<PacketHeader> Decode(std::string_view front) {
  MRD_ASSIGN_OR_RETURN(const PacketLengths lengths, DecodePacketLengths(front.substr(0, kPacketPrefixBytes)));
  return DecodePacketHeader(lengths, front.substr(kPacketPrefixBytes));
}

TEST_CASE("packet: the bytes of a front are those of the protocol", "[wire]") {
  const PacketFront front =
      EncodePacketFront({.offset_in_block = 65'536, .seqno = 3, .data_bytes = 512, .checksum_bytes = 4});
  CHECK(Hex(front.view()) ==
        Hex(Bytes("00000208 0019 | 09 0000010000000000 | 11 0300000000000000 | 18 00 | 25 00020000")));
}

TEST_CASE("packet: syncBlock takes two more bytes", "[wire]") {
  const PacketFront front = EncodePacketFront({.offset_in_block = 1, .seqno = 0, .last_in_block = true, .sync = true});
  CHECK(Hex(front.view()) ==
        Hex(Bytes("00000004 001B | 09 0100000000000000 | 11 0000000000000000 | 18 01 | 25 00000000 | 28 01")));
  CHECK(front.size == kPacketFrontBytesMax);
}

TEST_CASE("packet: a heartbeat", "[wire]") {
  const PacketFront front = EncodePacketFront({.seqno = kHeartbeatSeqno});
  CHECK(Hex(front.view()) ==
        Hex(Bytes("00000004 0019 | 09 0000000000000000 | 11 FFFFFFFFFFFFFFFF | 18 00 | 25 00000000")));
  REQUIRE(Decode(front.view()).ok());
  CHECK(Decode(front.view())->seqno == kHeartbeatSeqno);
}

TEST_CASE("packet: what was encoded is decoded, up to the largest packet", "[wire]") {
  for (const std::uint32_t data : {0u, 1u, 512u, 64'512u, 16'000'000u}) {
    for (const bool flag : {false, true}) {
      const PacketHeader header{.offset_in_block = std::int64_t{1} << 40,
                                .seqno = 123'456'789,
                                .last_in_block = flag,
                                .sync = flag,
                                .data_bytes = data,
                                .checksum_bytes = (data + 511) / 512 * 4};
      const PacketFront front = EncodePacketFront(header);
      const auto decoded = Decode(front.view());
      REQUIRE(decoded.ok());
      CHECK(decoded->offset_in_block == header.offset_in_block);
      CHECK(decoded->seqno == header.seqno);
      CHECK(decoded->last_in_block == flag);
      CHECK(decoded->sync == flag);
      CHECK(decoded->data_bytes == header.data_bytes);
      CHECK(decoded->checksum_bytes == header.checksum_bytes);
    }
  }
}

TEST_CASE("packet: lengths outside the limits are refused", "[wire]") {
  const auto refused = [](const char* hex) {
    return DecodePacketLengths(Bytes(hex)).status().code() == Code::kInvalidArgument;
  };
  CHECK(refused("00000003 0019"));  // less than itself
  CHECK(refused("FFFFFFFF 0019"));  // negative
  CHECK(refused("00FFFFE8 0019"));  // 16 MiB and one byte
  CHECK(refused("00000004 0000"));
  CHECK(refused("00000004 0201"));
  CHECK(refused("00000004 FFFF"));
  const auto lengths = DecodePacketLengths(Bytes("00FFFE00 0200"));
  REQUIRE(lengths.ok());
  CHECK(lengths->body_bytes == (16u << 20) - 512 - 4);
  CHECK(lengths->header_bytes == 512);
}

TEST_CASE("packet: headers that do not fit their body are refused", "[wire]") {
  const auto message = [](const char* lengths, const char* offset, const char* seqno, const char* data) {
    const std::string front = Bytes(std::string(lengths) + "09" + offset + "11" + seqno + "1800" + "25" + data);
    return Decode(front).status().message();
  };
  const char* zero = "0000000000000000";
  CHECK(message("00000208 0019", zero, zero, "00020000").empty());  // 512 of data and 4 of checksum
  CHECK(message("00000208 0019", zero, zero, "05020000") == "packet with 517 bytes of data in a body of 516");
  CHECK(message("00000208 0019", zero, zero, "FFFFFFFF") == "packet with -1 bytes of data in a body of 516");
  CHECK(message("00000208 0019", zero, zero, "01020000") == "packet with 3 bytes of checksums, which have 4 each");
  CHECK(message("00000208 0019", "FFFFFFFFFFFFFFFF", zero, "00020000") == "packet at offset -1 of its block");
  CHECK(message("00000208 0019", "00FFFFFFFFFFFF7F", zero, "00020000") ==
        "packet at offset 9223372036854775552 of its block");
  CHECK_FALSE(message("00000208 0019", zero, "FFFFFFFFFFFFFFFF", "00020000").empty());  // a heartbeat with data
  CHECK_FALSE(message("00000004 0019", zero, "FEFFFFFFFFFFFFFF", "00000000").empty());
}

TEST_CASE("packet: a header without one of its fields is refused", "[wire]") {
  const auto decoded = Decode(Bytes("00000004 0010 | 09 0000000000000000 | 18 00 | 25 00000000"));
  CHECK(decoded.status().message() == "packet header: a required field is absent");
}

TEST_CASE("packet: exactly the checksums of its data, and only one chunk when it begins within one", "[wire]") {
  const ChecksumSpec spec{ChecksumType::kCrc32c, 512};
  const auto fits = [&](std::int64_t offset, std::uint32_t data, std::uint32_t checksums) {
    const PacketHeader header{.offset_in_block = offset, .data_bytes = data, .checksum_bytes = checksums};
    return CheckPacketChecksums(header, spec).ok();
  };
  CHECK(fits(0, 0, 0));
  CHECK(fits(0, 512, 4));
  CHECK(fits(512, 513, 8));
  CHECK_FALSE(fits(0, 513, 4));
  CHECK_FALSE(fits(0, 512, 0));
  CHECK(fits(500, 12, 4));
  CHECK_FALSE(fits(500, 13, 4));
  CHECK_FALSE(fits(500, 524, 8));
  const ChecksumSpec none{ChecksumType::kNull, 512};
  CHECK(CheckPacketChecksums({.offset_in_block = 500, .data_bytes = 1'000}, none).ok());
  CHECK_FALSE(CheckPacketChecksums({.data_bytes = 512, .checksum_bytes = 4}, none).ok());
}

}  // namespace
}  // namespace mrd::dfs::wire
