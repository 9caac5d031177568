#pragma once

// Packets: how block data travels, in both directions. On the wire: PLEN (4 bytes, big-endian; counts itself, checksums
// and data), HLEN (2 bytes, big-endian), a PacketHeaderProto of HLEN bytes, checksums, data.
//
// To read one: DecodePacketLengths on the first 6 bytes, DecodePacketHeader on the next header_bytes, then body_bytes
// are checksums and data, in the sizes that the PacketHeader tells.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"
#include "dfs/wire/checksum.h"

namespace mrd::dfs::wire {

inline constexpr std::size_t kPacketBytesMax = std::size_t{16} << 20;  // PLEN + HLEN, as Hadoop limits them
inline constexpr std::size_t kPacketPrefixBytes = 6;                   // PLEN and HLEN
inline constexpr std::size_t kPacketFrontBytesMax = 33;   // prefix and header, as we and all known clients write them
inline constexpr std::size_t kPacketHeaderBytesMax = 512;  // what we read: leaves room for fields to come

inline constexpr std::int64_t kHeartbeatSeqno = -1;  // carries nothing, is passed on and acknowledged
inline constexpr std::int64_t kOutOfBandSeqno = -2;  // of an ack that answers no packet

// After decoding: data_bytes + checksum_bytes are the body; offset_in_block >= 0 and its sum with data_bytes is no
// overflow.
struct PacketHeader {
  std::int64_t offset_in_block = 0;
  std::int64_t seqno = 0;
  bool last_in_block = false;
  bool sync = false;  // flush to the disk before the ack
  std::uint32_t data_bytes = 0;
  std::uint32_t checksum_bytes = 0;
};

struct PacketLengths {
  std::uint32_t header_bytes = 0;
  std::uint32_t body_bytes = 0;  // checksums and data
};

// Prefix and header of a packet, ready to be written in front of checksums and data.
struct PacketFront {
  std::array<char, kPacketFrontBytesMax> bytes;
  std::size_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
};

// REQUIRES: it keeps within kPacketBytesMax.
PacketFront EncodePacketFront(const PacketHeader& header);

// REQUIRES: bytes.size() == kPacketPrefixBytes. kInvalidArgument for lengths that are negative or beyond the limits.
Result<PacketLengths> DecodePacketLengths(std::string_view bytes);

// `bytes` are the lengths.header_bytes after the prefix. kInvalidArgument when they are no header, or one that does not
// fit the body.
Result<PacketHeader> DecodePacketHeader(const PacketLengths& lengths, std::string_view bytes);

// kInvalidArgument unless the packet carries exactly the checksums that `spec` asks for its data, and an offset
// within a chunk only with data that ends within that chunk. To be asked before FindBadChunk.
Status CheckPacketChecksums(const PacketHeader& header, const ChecksumSpec& spec);

}  // namespace mrd::dfs::wire
