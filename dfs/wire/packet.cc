#include "dfs/wire/packet.h"

#include <limits>
#include <string>

#include "common/base/check.h"
#include "dfs/wire/delimited.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::wire {
namespace {

constexpr std::uint32_t kLengthFieldBytes = 4;  // PLEN counts itself

}  // namespace

PacketFront EncodePacketFront(const PacketHeader& header) {
  hadoop::hdfs::PacketHeaderProto proto;
  proto.set_offsetinblock(header.offset_in_block);
  proto.set_seqno(header.seqno);
  proto.set_lastpacketinblock(header.last_in_block);
  proto.set_datalen(static_cast<std::int32_t>(header.data_bytes));
  if (header.sync) proto.set_syncblock(true);

  const std::size_t header_bytes = proto.ByteSizeLong();
  const std::uint64_t body_bytes = std::uint64_t{header.data_bytes} + header.checksum_bytes;
  MRD_CHECK(kLengthFieldBytes + header_bytes + body_bytes <= kPacketBytesMax);
  PacketFront front;
  front.size = kPacketPrefixBytes + header_bytes;
  MRD_CHECK(front.size <= front.bytes.size());
  StoreChecksum(static_cast<std::uint32_t>(kLengthFieldBytes + body_bytes), front.bytes.data());
  front.bytes[4] = static_cast<char>(header_bytes >> 8);
  front.bytes[5] = static_cast<char>(header_bytes);
  proto.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(front.bytes.data() + kPacketPrefixBytes));
  return front;
}

Result<PacketLengths> DecodePacketLengths(std::string_view bytes) {
  MRD_CHECK(bytes.size() == kPacketPrefixBytes);
  const std::uint32_t payload_bytes = LoadChecksum(bytes.data());
  const std::uint32_t header_bytes =
      std::uint32_t{static_cast<unsigned char>(bytes[4])} << 8 | static_cast<unsigned char>(bytes[5]);
  if (header_bytes == 0 || header_bytes > kPacketHeaderBytesMax) {
    return InvalidArgument("packet with a header of " + std::to_string(header_bytes) + " bytes, expected 1 to " +
                           std::to_string(kPacketHeaderBytesMax));
  }
  // Negative lengths are large ones here.
  if (payload_bytes < kLengthFieldBytes || payload_bytes > kPacketBytesMax - header_bytes) {
    return InvalidArgument("packet with a payload length of " +
                           std::to_string(static_cast<std::int32_t>(payload_bytes)) + ", expected 4 to " + std::to_string(kPacketBytesMax - header_bytes));
  }
  return PacketLengths{.header_bytes = header_bytes, .body_bytes = payload_bytes - kLengthFieldBytes};
}

Result<PacketHeader> DecodePacketHeader(const PacketLengths& lengths, std::string_view bytes) {
  MRD_CHECK(bytes.size() == lengths.header_bytes);
  hadoop::hdfs::PacketHeaderProto proto;
  MRD_RETURN_IF_ERROR(ParseMessage(bytes, "packet header", proto));
  const std::int32_t data_bytes = proto.datalen();
  if (data_bytes < 0 || static_cast<std::uint32_t>(data_bytes) > lengths.body_bytes) {
    return InvalidArgument("packet with " + std::to_string(data_bytes) + " bytes of data in a body of " +
                           std::to_string(lengths.body_bytes));
  }
  const std::uint32_t checksum_bytes = lengths.body_bytes - static_cast<std::uint32_t>(data_bytes);
  if (checksum_bytes % kChecksumBytes != 0) {
    return InvalidArgument("packet with " + std::to_string(checksum_bytes) + " bytes of checksums, which have 4 each");
  }
  const std::int64_t offset = proto.offsetinblock();
  if (offset < 0 || offset > std::numeric_limits<std::int64_t>::max() - data_bytes) {
    return InvalidArgument("packet at offset " + std::to_string(offset) + " of its block");
  }
  if (proto.seqno() < kHeartbeatSeqno || (proto.seqno() == kHeartbeatSeqno && lengths.body_bytes != 0)) {
    return InvalidArgument("packet with sequence number " + std::to_string(proto.seqno()) + " and a body of " +
                           std::to_string(lengths.body_bytes) + " bytes");
  }
  return PacketHeader{.offset_in_block = offset,
                      .seqno = proto.seqno(),
                      .last_in_block = proto.lastpacketinblock(),
                      .sync = proto.syncblock(),
                      .data_bytes = static_cast<std::uint32_t>(data_bytes),
                      .checksum_bytes = checksum_bytes};
}

Status CheckPacketChecksums(const PacketHeader& header, const ChecksumSpec& spec) {
  const std::uint64_t wanted = spec.ChecksumBytes(header.data_bytes);
  if (header.checksum_bytes != wanted) {
    return InvalidArgument("packet " + std::to_string(header.seqno) + " has " + std::to_string(header.checksum_bytes) +
                           " bytes of checksums for " + std::to_string(header.data_bytes) + " of data, expected " +
                           std::to_string(wanted));
  }
  const std::uint64_t in_chunk = static_cast<std::uint64_t>(header.offset_in_block) % spec.bytes_per_chunk;
  if (spec.type != ChecksumType::kNull && in_chunk != 0 && in_chunk + header.data_bytes > spec.bytes_per_chunk) {
    return InvalidArgument("packet " + std::to_string(header.seqno) + " begins at " +
                           std::to_string(header.offset_in_block) + ", within a chunk, and has " +
                           std::to_string(header.data_bytes) + " bytes, more than fill that chunk up");
  }
  return Status::Ok();
}

}  // namespace mrd::dfs::wire
