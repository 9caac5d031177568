#include "dfs/wire/pipeline_ack.h"

#include <catch2/catch.hpp>

#include "dfs/wire/delimited.h"
#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

std::string Encode(const PipelineAck& ack) {
  std::string out;
  AppendPipelineAck(ack, out);
  return out;
}

TEST_CASE("ack: replies, time and flags are all on the wire", "[wire]") {
  CHECK(Hex(Encode({.seqno = 5, .replies = {TransferStatus::kSuccess, TransferStatus::kError}})) ==
        Hex(Bytes("0C | 08 0A | 10 00 | 10 01 | 18 00 | 22 02 00 01")));
}

TEST_CASE("ack: seqno of heartbeats and restarts are zig-zag", "[wire]") {
  CHECK(Hex(Encode({.seqno = -1, .replies = {TransferStatus::kSuccess}})) ==
        Hex(Bytes("09 | 08 01 | 10 00 | 18 00 | 22 01 00")));
  CHECK(Hex(Encode({.seqno = -2, .replies = {TransferStatus::kOobRestart}})) ==
        Hex(Bytes("09 | 08 03 | 10 08 | 18 00 | 22 01 08")));
}

TEST_CASE("ack: never shorter than five bytes", "[wire]") { CHECK(Encode({}).size() == 5); }

TEST_CASE("ack: what was encoded is decoded", "[wire]") {
  const PipelineAck ack{.seqno = std::int64_t{1} << 50,
                        .replies = {TransferStatus::kSuccess, TransferStatus::kErrorChecksum, TransferStatus::kSuccess},
                        .downstream_ack_nanos = 123'456'789'012};
  const std::string bytes = Encode(ack);
  const auto length = DecodeDelimitedLength(bytes);
  REQUIRE((length.ok() && length->has_value()));
  const auto decoded = DecodePipelineAck(std::string_view(bytes).substr((*length)->prefix_bytes));
  REQUIRE(decoded.ok());
  CHECK(decoded->seqno == ack.seqno);
  CHECK(decoded->replies == ack.replies);
  CHECK(decoded->downstream_ack_nanos == ack.downstream_ack_nanos);
  CHECK(FirstBadReply(*decoded) == 1);
}

TEST_CASE("ack: without flags the replies count, with flags the status within them", "[wire]") {
  const auto without = DecodePipelineAck(Bytes("08 0A | 10 00 | 10 02"));
  REQUIRE(without.ok());
  CHECK(FirstBadReply(*without) == 1);
  CHECK(without->replies[1] == TransferStatus::kErrorChecksum);
  // A congested node (bits 5 and 6) that failed, beside a reply that says nothing of it.
  const auto with = DecodePipelineAck(Bytes("08 0A | 10 00 | 22 01 61"));
  REQUIRE(with.ok());
  CHECK(with->replies == std::vector{TransferStatus::kError});
}

TEST_CASE("ack: lists that do not belong together and statuses that nobody has are refused", "[wire]") {
  CHECK(DecodePipelineAck(Bytes("08 0A | 10 00 | 10 00 | 22 01 00")).status().code() == Code::kInvalidArgument);
  CHECK(DecodePipelineAck(Bytes("08 0A | 22 01 00")).status().code() == Code::kInvalidArgument);
  CHECK(DecodePipelineAck(Bytes("08 0A | 10 00 | 22 01 0F")).status().code() == Code::kInvalidArgument);
  CHECK(DecodePipelineAck(Bytes("10 00")).status().code() == Code::kInvalidArgument);
  std::string many = Bytes("08 0A");
  for (std::size_t i = 0; i < kAckRepliesMax; ++i) many += Bytes("10 00");
  CHECK(DecodePipelineAck(many).ok());
  CHECK(DecodePipelineAck(many + Bytes("10 00")).status().code() == Code::kInvalidArgument);
}

TEST_CASE("ack: every status has Hadoop's name", "[wire]") {
  for (int value = hadoop::hdfs::Status_MIN; value <= hadoop::hdfs::Status_MAX; ++value) {
    const auto status = static_cast<TransferStatus>(value);
    CHECK(TransferStatusName(status) == hadoop::hdfs::Status_Name(static_cast<hadoop::hdfs::Status>(value)));
  }
}

}  // namespace
}  // namespace mrd::dfs::wire
