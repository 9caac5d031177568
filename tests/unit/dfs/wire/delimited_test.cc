#include "dfs/wire/delimited.h"

#include <catch2/catch.hpp>

#include "proto/hdfs/ClientNamenodeProtocol.pb.h"
#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

hadoop::hdfs::GetFileInfoRequestProto RequestOf(std::size_t path_bytes) {
  hadoop::hdfs::GetFileInfoRequestProto request;
  request.set_src(std::string(path_bytes, 'x'));
  return request;
}

TEST_CASE("delimited: what was appended is found again, however long", "[wire]") {
  for (const std::size_t size : {0, 1, 125, 126, 127, 128, 16'380, 16'384, 500'000}) {
    std::string out = "before";
    AppendDelimited(RequestOf(size), out);
    const std::string_view bytes = std::string_view(out).substr(6);
    const auto length = DecodeDelimitedLength(bytes);
    REQUIRE(length.ok());
    REQUIRE(length->has_value());
    REQUIRE((*length)->prefix_bytes + (*length)->message_bytes == bytes.size());
    hadoop::hdfs::GetFileInfoRequestProto request;
    REQUIRE(ParseMessage(bytes.substr((*length)->prefix_bytes), "request", request).ok());
    CHECK(request.src().size() == size);
  }
}

TEST_CASE("delimited: a length that has not arrived yet is waited for", "[wire]") {
  for (const char* hex : {"", "80", "8080", "FFFF"}) {
    const auto length = DecodeDelimitedLength(Bytes(hex));
    REQUIRE(length.ok());
    CHECK_FALSE(length->has_value());
  }
}

TEST_CASE("delimited: lengths beyond the limit or without end are refused", "[wire]") {
  CHECK(DecodeDelimitedLength(Bytes("80 80 40")).ok());  // 1 MiB
  CHECK(DecodeDelimitedLength(Bytes("81 80 40")).status().code() == Code::kInvalidArgument);
  CHECK(DecodeDelimitedLength(Bytes("0B"), 10).status().code() == Code::kInvalidArgument);
  CHECK(DecodeDelimitedLength(Bytes("FF FF FF FF 0F")).status().code() == Code::kInvalidArgument);
  CHECK(DecodeDelimitedLength(Bytes("FF FF FF FF FF")).status().code() == Code::kInvalidArgument);
  CHECK(DecodeDelimitedLength(Bytes("80 80 80 80 00"))->value().prefix_bytes == 5);
}

TEST_CASE("delimited: bytes that are no message are refused by name", "[wire]") {
  hadoop::hdfs::GetFileInfoRequestProto request;
  const Status status = ParseMessage(Bytes("0A 05 61"), "getFileInfo", request);
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message() == "getFileInfo: 3 bytes that are not this message");
}

}  // namespace
}  // namespace mrd::dfs::wire
