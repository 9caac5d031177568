#include "common/rpc/frame.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/rpc/protobuf_wire.h"

namespace mrd::rpc {
namespace {

std::string Bytes(std::string_view hex) {
  std::string out;
  int high = -1;
  for (const char c : hex) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<char>(high << 4 | digit));
      high = -1;
    }
  }
  return out;
}

TEST_CASE("frame: the reply to a SASL negotiation is the known 22 bytes", "[rpc]") {
  ResponseHeader header;
  header.call_id = kCallIdSasl;
  std::string out;
  AppendResponse(&out, header, std::string("\x10\x00", 2));
  CHECK(out == Bytes("00 00 00 12 0e 08 df ff ff ff 0f 10 00 18 09 3a 00 40 01 02 10 00"));
}

TEST_CASE("frame: preamble, ping and call have their golden bytes", "[rpc]") {
  std::string out;
  AppendPreamble(&out, kAuthNone);
  CHECK(out == Bytes("68 72 70 63 09 00 00"));
  out.clear();
  AppendPing(&out, "");
  // Call id -4 is 7 in zig-zag, retry count -1 is 1.
  CHECK(out == Bytes("00 00 00 0b 0a 08 02 10 00 18 07 22 00 28 01"));
  out.clear();
  RequestHeader header;
  header.call_id = 5;
  header.client_id = "0123456789abcdef";
  header.retry_count = 0;
  AppendCall(&out, header, CallHeader{"m", "p.Q", 1}, "xy");
  CHECK(out == Bytes("00 00 00 29"
                     "1a 08 02 10 00 18 0a 22 10 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 28 00"
                     "0a 0a 01 6d 12 03 70 2e 51 18 01"
                     "02 78 79"));
}

TEST_CASE("frame: an error carries nothing after its header", "[rpc]") {
  ResponseHeader header;
  header.call_id = 1;
  header.status = ResponseStatus::kError;
  header.exception_class = "a.B";
  header.message = "no";
  header.detail = ErrorDetail::kApplication;
  header.client_id = "c";
  header.retry_count = 0;
  std::string out;
  AppendResponse(&out, header, "ignored");
  CHECK(out == Bytes("00 00 00 17 16 08 01 10 01 18 09 22 03 61 2e 42 2a 02 6e 6f 30 01 3a 01 63 40 00"));
  std::string_view frame = std::string_view(out).substr(kLengthSize);
  ResponseHeader back;
  REQUIRE(TakeResponseHeader(&frame, &back));
  CHECK(frame.empty());
  CHECK(back.exception_class == "a.B");
  CHECK(back.message == "no");
  CHECK(back.status == ResponseStatus::kError);
}

TEST_CASE("frame: what is encoded is decoded, for all kinds of ids", "[rpc]") {
  for (const std::int32_t id : {0, 1, 127, 128, 1 << 30, INT32_MAX, -1, -3, -4, -33, INT32_MIN}) {
    std::string out;
    RequestHeader header;
    header.call_id = id;
    header.client_id = std::string_view("\0\x01\x02", 3);
    header.retry_count = id;
    AppendCall(&out, header, CallHeader{"method", "protocol", 1u << 20}, std::string(300, 'r'));
    CHECK(static_cast<std::size_t>(DecodeLength(out)) == out.size() - kLengthSize);
    std::string_view frame = std::string_view(out).substr(kLengthSize);
    RequestHeader back;
    CallHeader call;
    std::string_view request;
    REQUIRE(TakeRequestHeader(&frame, &back));
    REQUIRE(TakeCall(&frame, &call, &request));
    CHECK(frame.empty());
    CHECK(back.call_id == id);
    CHECK(back.retry_count == id);
    CHECK(back.client_id == header.client_id);
    CHECK(back.rpc_kind == kRpcKindProtobuf);
    CHECK(back.rpc_op == kRpcOpFinal);
    CHECK(call.method == "method");
    CHECK(call.version == 1u << 20);
    CHECK(request == std::string(300, 'r'));

    ResponseHeader response;
    response.call_id = id;
    out.clear();
    AppendResponse(&out, response, "body");
    frame = std::string_view(out).substr(kLengthSize);
    ResponseHeader response_back;
    REQUIRE(TakeResponseHeader(&frame, &response_back));
    CHECK(response_back.call_id == id);
    CHECK(frame == std::string_view("\x04" "body"));
  }
}

TEST_CASE("frame: the SASL call id is understood as five bytes and as ten", "[rpc]") {
  // As request ids are zig-zag, -33 takes one byte there; responses read both forms.
  for (const char* hex : {"08 df ff ff ff 0f 10 00", "08 df ff ff ff ff ff ff ff ff 01 10 00"}) {
    const std::string message = Bytes(hex);
    std::string delimited;
    AppendVarint(&delimited, message.size());
    delimited += message;
    std::string_view frame = delimited;
    ResponseHeader header;
    REQUIRE(TakeResponseHeader(&frame, &header));
    CHECK(header.call_id == kCallIdSasl);
  }
}

TEST_CASE("frame: unknown fields are skipped, missing and wrong ones are refused", "[rpc]") {
  const auto decode = [](std::string_view hex) {
    const std::string message = Bytes(hex);
    std::string delimited;
    AppendVarint(&delimited, message.size());
    delimited += message;
    std::string_view frame = delimited;
    RequestHeader header;
    return TakeRequestHeader(&frame, &header);
  };
  CHECK(decode("18 02 22 00"));
  CHECK(decode("18 02 22 00 32 02 08 01 4d 01 02 03 04 51 01 02 03 04 05 06 07 08"));  // fields 6, 9, 10
  CHECK_FALSE(decode("22 00"));           // no call id
  CHECK_FALSE(decode("18 02"));           // no client id
  CHECK_FALSE(decode("1a 00 22 00"));     // call id of the wrong type
  CHECK_FALSE(decode("18 02 22 05 61"));  // cut short
  CHECK_FALSE(decode("18 02 22 00 33"));  // a group
  CHECK_FALSE(decode("00 02 22 00"));     // field 0
  CHECK_FALSE(decode("18 ff ff ff ff ff ff ff ff ff 7f 22 00"));  // a number of more than 64 bits
}

TEST_CASE("frame: every cut of a call is refused, none crashes", "[rpc]") {
  std::string out;
  RequestHeader header;
  header.call_id = 300;
  header.client_id = "0123456789abcdef";
  AppendCall(&out, header, CallHeader{"method", "protocol", 1}, "request");
  const std::string whole = out.substr(kLengthSize);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    std::string_view frame = cut;
    RequestHeader back;
    CallHeader call;
    std::string_view request;
    CHECK_FALSE((TakeRequestHeader(&frame, &back) && TakeCall(&frame, &call, &request)));
  }
}

}  // namespace
}  // namespace mrd::rpc
