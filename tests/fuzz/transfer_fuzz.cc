// The codecs of the data port on arbitrary bytes. The first byte picks the codec; whatever one accepts comes out the
// same after another way over the wire.
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/meta_header.h"
#include "dfs/wire/operation.h"
#include "dfs/wire/packet.h"
#include "dfs/wire/pipeline_ack.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace mrd::dfs::wire;

enum Codec : char { kPacket, kAck, kLength, kOperation, kMeta, kCodecs };

std::string Seed(Codec codec, std::string_view bytes) { return std::string(1, codec).append(bytes); }

std::string Ack(const PipelineAck& ack) {
  std::string delimited;
  AppendPipelineAck(ack, delimited);
  return delimited;
}

// Whether the front of a packet was accepted.
bool DecodeFront(std::string_view bytes, PacketHeader& header) {
  if (bytes.size() < kPacketPrefixBytes) return false;
  const auto lengths = DecodePacketLengths(bytes.substr(0, kPacketPrefixBytes));
  if (!lengths.ok() || bytes.size() < kPacketPrefixBytes + lengths->header_bytes) return false;
  MRD_CHECK(lengths->body_bytes <= kPacketBytesMax);
  const auto decoded = DecodePacketHeader(*lengths, bytes.substr(kPacketPrefixBytes, lengths->header_bytes));
  if (!decoded.ok()) {
    MRD_CHECK(decoded.status().code() == mrd::Code::kInvalidArgument);
    return false;
  }
  MRD_CHECK(decoded->data_bytes + decoded->checksum_bytes == lengths->body_bytes);
  header = *decoded;
  return true;
}

void FuzzPacket(std::string_view bytes) {
  PacketHeader header;
  if (!DecodeFront(bytes, header)) return;
  PacketHeader again;
  MRD_CHECK(DecodeFront(EncodePacketFront(header).view(), again));
  MRD_CHECK(again.offset_in_block == header.offset_in_block && again.seqno == header.seqno);
  MRD_CHECK(again.last_in_block == header.last_in_block && again.sync == header.sync);
  MRD_CHECK(again.data_bytes == header.data_bytes && again.checksum_bytes == header.checksum_bytes);
  const ChecksumSpec spec{mrd::dfs::ChecksumType::kCrc32c, 512};
  if (!CheckPacketChecksums(header, spec).ok()) return;
  // What FindBadChunk asks for holds, with as much data as there is here.
  MRD_CHECK(header.checksum_bytes == spec.ChecksumBytes(header.data_bytes));
  const std::string_view data = bytes.substr(0, header.data_bytes);
  std::string checksums(spec.ChecksumBytes(data.size()), '\0');
  ComputeChecksums(spec, data, checksums.data());
  MRD_CHECK(!FindBadChunk(spec, data, checksums));
}

void FuzzAck(std::string_view bytes) {
  const auto ack = DecodePipelineAck(bytes);
  if (!ack.ok()) return;
  MRD_CHECK(ack->replies.size() <= kAckRepliesMax && FirstBadReply(*ack) <= ack->replies.size());
  const std::string encoded = Ack(*ack);
  MRD_CHECK(encoded.size() >= 5);
  const auto length = DecodeDelimitedLength(encoded);
  MRD_CHECK(length.ok() && length->has_value());
  const auto again = DecodePipelineAck(std::string_view(encoded).substr((*length)->prefix_bytes));
  MRD_CHECK(again.ok() && again->seqno == ack->seqno && again->replies == ack->replies);
  MRD_CHECK(again->downstream_ack_nanos == ack->downstream_ack_nanos);
}

void FuzzLength(std::string_view bytes) {
  const auto length = DecodeDelimitedLength(bytes);
  if (!length.ok()) return;
  // More bytes never change what was decided.
  const auto longer = DecodeDelimitedLength(std::string(bytes) + "\x01");
  if (length->has_value()) {
    MRD_CHECK((*length)->prefix_bytes <= kLengthBytesMax && (*length)->message_bytes <= kMessageBytesMax);
    MRD_CHECK(longer.ok() && longer->has_value() && (*longer)->message_bytes == (*length)->message_bytes);
  } else {
    MRD_CHECK(bytes.size() < kLengthBytesMax);
  }
}

void FuzzMeta(std::string_view bytes) {
  const auto spec = DecodeMetaHeader(bytes);
  if (!spec.ok()) return;
  const auto header = EncodeMetaHeader(*spec);
  MRD_CHECK(std::string_view(header.data(), header.size()) == bytes.substr(0, kMetaHeaderBytes));
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  const auto packet = [](const PacketHeader& header) { return Seed(kPacket, EncodePacketFront(header).view()); };
  const auto ack = [](const PipelineAck& value) { return Seed(kAck, std::string_view(Ack(value)).substr(1)); };
  const auto meta = EncodeMetaHeader({mrd::dfs::ChecksumType::kCrc32c, 512});
  return {packet({.offset_in_block = 65'536, .seqno = 3, .data_bytes = 512, .checksum_bytes = 4}),
          packet({.offset_in_block = 700, .seqno = 9, .sync = true, .data_bytes = 300, .checksum_bytes = 4}),
          packet({.offset_in_block = 1, .seqno = 0, .last_in_block = true, .sync = true}),
          packet({.seqno = kHeartbeatSeqno}),
          ack({.seqno = 5, .replies = {TransferStatus::kSuccess, TransferStatus::kError}}),
          ack({.seqno = kOutOfBandSeqno, .replies = {TransferStatus::kOobRestart}, .downstream_ack_nanos = 77}),
          Seed(kLength, "\x80\x80\x40"),
          Seed(kOperation, std::string_view("\0\x1C\x50", 3)),
          Seed(kMeta, {meta.data(), meta.size()})};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % kCodecs) {
    case kPacket:
      FuzzPacket(bytes);
      break;
    case kAck:
      FuzzAck(bytes);
      break;
    case kLength:
      FuzzLength(bytes);
      break;
    case kOperation:
      if (bytes.size() >= kOperationHeaderBytes) {
        const auto operation = DecodeOperationHeader(bytes.substr(0, kOperationHeaderBytes));
        if (operation.ok()) MRD_CHECK(!OperationName(*operation).empty());
      }
      break;
    default:
      FuzzMeta(bytes);
  }
  return 0;
}
