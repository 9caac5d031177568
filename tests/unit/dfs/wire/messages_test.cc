// Numbers, types and labels of messages against bytes that were written down by hand: what every foreign client sends.
#include <catch2/catch.hpp>

#include "dfs/types.h"
#include "dfs/wire/delimited.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"
#include "proto/hdfs/datatransfer.pb.h"
#include "proto/ipc/IpcConnectionContext.pb.h"
#include "proto/ipc/RpcHeader.pb.h"
#include "proto/mr/datanode.pb.h"
#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

TEST_CASE("messages: the answer to a SASL negotiation has the 22 bytes that clients know", "[wire]") {
  hadoop::common::RpcResponseHeaderProto header;
  header.set_callid(static_cast<std::uint32_t>(-33));
  header.set_status(hadoop::common::RpcResponseHeaderProto::SUCCESS);
  header.set_serveripcversionnum(9);
  header.set_clientid("");
  header.set_retrycount(-1);
  hadoop::common::RpcSaslProto sasl;
  sasl.set_state(hadoop::common::RpcSaslProto::SUCCESS);
  std::string frame = Bytes("00 00 00 12");
  AppendDelimited(header, frame);
  AppendDelimited(sasl, frame);
  CHECK(Hex(frame) == Hex(Bytes("00000012 | 0E 08DFFFFFFF0F 1000 1809 3A00 4001 | 02 1000")));
}

TEST_CASE("messages: a request header and a connection context read as they were sent", "[wire]") {
  hadoop::common::RpcRequestHeaderProto header;
  REQUIRE(ParseMessage(Bytes("08 02 | 10 00 | 18 05 | 22 02 4142 | 28 01"), "header", header).ok());
  CHECK(header.rpckind() == hadoop::common::RPC_PROTOCOL_BUFFER);
  CHECK(header.has_rpcop());
  CHECK(header.callid() == -3);
  CHECK(header.clientid() == "AB");
  CHECK(header.retrycount() == -1);
  hadoop::common::IpcConnectionContextProto context;
  REQUIRE(ParseMessage(Bytes("12 05 | 0A 03 626F62"), "context", context).ok());
  CHECK(context.userinfo().effectiveuser() == "bob");
}

TEST_CASE("messages: signed lengths of fsync are zig-zag and default to -1", "[wire]") {
  hadoop::hdfs::FsyncRequestProto request;
  REQUIRE(ParseMessage(Bytes("0A 01 61 | 12 01 62"), "fsync", request).ok());
  CHECK(request.lastblocklength() == -1);
  CHECK(request.fileid() == 0);
  REQUIRE(ParseMessage(Bytes("0A 01 61 | 12 01 62 | 18 0A | 20 8280 01"), "fsync", request).ok());
  CHECK(request.lastblocklength() == 5);
  CHECK(request.fileid() == 16386);
}

TEST_CASE("messages: a quota of -1 arrives as 2^64 - 1", "[wire]") {
  hadoop::hdfs::SetQuotaRequestProto request;
  REQUIRE(ParseMessage(Bytes("0A 01 61 | 10 FFFFFFFFFFFFFFFFFF01 | 18 FFFFFFFFFFFFFFFF7F"), "quota", request).ok());
  CHECK(static_cast<std::int64_t>(request.namespacequota()) == kQuotaUnset);
  CHECK(static_cast<std::int64_t>(request.storagespacequota()) == kQuotaUnchanged);
}

TEST_CASE("messages: a READ_BLOCK that leaves out sendChecksums wants them", "[wire]") {
  // header { baseHeader { block { "p", 7, 1001 } } clientName "c" } offset 0 len 512
  const std::string bytes = Bytes("0A 0F | 0A 0A | 0A 08 | 0A 01 70 | 10 07 | 18 E907 | 12 01 63 | 10 00 | 18 8004");
  hadoop::hdfs::OpReadBlockProto read;
  REQUIRE(ParseMessage(bytes, "read", read).ok());
  CHECK(read.header().baseheader().block().generationstamp() == 1001);
  CHECK(read.header().clientname() == "c");
  CHECK(read.len() == 512);
  CHECK(read.sendchecksums());
}

TEST_CASE("messages: a field that a newer client adds is skipped, a required one that is absent is refused", "[wire]") {
  hadoop::hdfs::GetFileInfoRequestProto request;
  CHECK(ParseMessage(Bytes("0A 01 61 | FA 3F 03 010203"), "getFileInfo", request).ok());
  CHECK(request.src() == "a");
  const Status status = ParseMessage(Bytes("FA 3F 03 010203"), "getFileInfo", request);
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message() == "getFileInfo: a required field is absent");
}

TEST_CASE("messages: packed and unpacked lists are both read", "[wire]") {
  hadoop::hdfs::PipelineAckProto ack;
  REQUIRE(ParseMessage(Bytes("08 02 | 10 00 | 10 01 | 22 02 0001"), "ack", ack).ok());
  CHECK(ack.flag_size() == 2);
  REQUIRE(ParseMessage(Bytes("08 02 | 12 02 0001 | 20 00 | 20 01"), "ack", ack).ok());
  CHECK(ack.reply_size() == 2);
  CHECK(ack.flag_size() == 2);
}

TEST_CASE("messages: a command carries exactly one order", "[wire]") {
  proto::CommandProto command;
  command.set_namenodeepoch(3);
  command.mutable_shutdown();
  command.mutable_verifyblock()->mutable_block()->set_poolid("p");
  CHECK(command.order_case() == proto::CommandProto::kVerifyBlock);
  CHECK_FALSE(command.has_shutdown());
}

}  // namespace
}  // namespace mrd::dfs::wire
