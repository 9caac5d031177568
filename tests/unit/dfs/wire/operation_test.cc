#include "dfs/wire/operation.h"

#include <catch2/catch.hpp>

#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

TEST_CASE("operation: version, opcode and delimited message", "[wire]") {
  hadoop::hdfs::OpCustomProto message;
  message.set_customid("ab");
  std::string out;
  AppendOperation(Operation::kReadBlock, message, out);
  CHECK(Hex(out) == Hex(Bytes("00 1C 51 | 04 | 0A 02 6162")));
  const auto operation = DecodeOperationHeader(std::string_view(out).substr(0, kOperationHeaderBytes));
  REQUIRE(operation.ok());
  CHECK(*operation == Operation::kReadBlock);
}

TEST_CASE("operation: the opcodes of the protocol and no others are known", "[wire]") {
  int known = 0;
  for (int opcode = 0; opcode < 256; ++opcode) {
    const std::string header = {0, 28, static_cast<char>(opcode)};
    const auto operation = DecodeOperationHeader(header);
    const bool wanted = (opcode >= 80 && opcode <= 90) || opcode == 127;
    CHECK(operation.ok() == wanted);
    if (operation.ok()) {
      ++known;
      CHECK_FALSE(OperationName(*operation).empty());
    }
  }
  CHECK(known == 12);
  CHECK(OperationName(Operation::kWriteBlock) == "WRITE_BLOCK");
}

TEST_CASE("operation: other versions are refused, a handshake with the setting that asks for it", "[wire]") {
  CHECK(DecodeOperationHeader(Bytes("00 1B 50")).status().message() == "data transfer version 27, expected 28");
  CHECK_THAT(DecodeOperationHeader(Bytes("DE AD BE")).status().message(), Catch::Contains("dfs.encrypt.data.transfer"));
}

TEST_CASE("operation: an answer is never shorter than the five bytes that clients wait for", "[wire]") {
  hadoop::hdfs::BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  std::string out;
  AppendOperationResponse(response, out);
  CHECK(Hex(out) == Hex(Bytes("04 08 00 12 00")));
  out.clear();
  response.set_status(hadoop::hdfs::ERROR);
  response.set_firstbadlink("10.0.0.4:9866");
  AppendOperationResponse(response, out);
  CHECK(Hex(out) == Hex(Bytes("11 08 01 12 0D 31302E302E302E343A39383636")));
}

}  // namespace
}  // namespace mrd::dfs::wire
