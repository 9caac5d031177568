#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mrd::rpc {

// The bytes of Hadoop RPC version 9: encoding and decoding only, no I/O. Views that decoding gives out point into what
// was decoded. All numbers here are fixed by the wire: never change them.

// The preamble: "hrpc", version, service class, authentication.
inline constexpr std::size_t kPreambleSize = 7;
inline constexpr std::string_view kMagic = "hrpc";
inline constexpr std::uint8_t kIpcVersion = 9;
inline constexpr std::uint8_t kAuthNone = 0x00;
inline constexpr std::uint8_t kAuthSasl = 0xDF;

// A frame is its length, four bytes big-endian, and that many bytes.
inline constexpr std::size_t kLengthSize = 4;

// Call ids below zero are not calls.
inline constexpr std::int32_t kCallIdNone = -1;
inline constexpr std::int32_t kCallIdContext = -3;
inline constexpr std::int32_t kCallIdPing = -4;
inline constexpr std::int32_t kCallIdSasl = -33;

inline constexpr std::int32_t kRpcKindProtobuf = 2;
inline constexpr std::int32_t kRpcOpFinal = 0;
inline constexpr std::size_t kClientIdSize = 16;

enum class ResponseStatus : std::uint8_t { kSuccess = 0, kError = 1, kFatal = 2 };
enum class ErrorDetail : std::uint8_t {
  kNone = 0,
  kApplication = 1,
  kNoSuchMethod = 2,
  kNoSuchProtocol = 3,
  kRpcServer = 4,
  kVersionMismatch = 6,
  kFatalUnknown = 10,
  kFatalInvalidHeader = 12,
  kFatalDeserializing = 13,
  kFatalVersionMismatch = 14,
  kFatalUnauthorized = 15,
};

struct RequestHeader {
  std::int32_t rpc_kind = -1;  // -1: missing
  std::int32_t rpc_op = -1;
  std::int32_t call_id = 0;
  std::string_view client_id;
  std::int32_t retry_count = -1;
};

// What a call names, before its request message.
struct CallHeader {
  std::string_view method;
  std::string_view protocol;
  std::uint64_t version = 0;
};

struct ResponseHeader {
  std::int32_t call_id = 0;
  ResponseStatus status = ResponseStatus::kSuccess;
  std::string_view exception_class;
  std::string_view message;
  ErrorDetail detail = ErrorDetail::kNone;
  std::string_view client_id;
  std::int32_t retry_count = -1;
};

// The length that a frame begins with; it may be negative. REQUIRES: buffer.size() >= kLengthSize.
std::int32_t DecodeLength(std::string_view buffer);

// Takes the header off the front of a request frame (without its length). False when it is not one.
bool TakeRequestHeader(std::string_view* frame, RequestHeader* header);
// Takes the rest of a call: its header and its request message.
bool TakeCall(std::string_view* frame, CallHeader* header, std::string_view* request);
// Takes the header off the front of a response frame. With kSuccess a delimited message follows.
bool TakeResponseHeader(std::string_view* frame, ResponseHeader* header);

// Each appends whole frames, lengths included.
void AppendPreamble(std::string* out, std::uint8_t auth);
void AppendCall(std::string* out, const RequestHeader& header, const CallHeader& call, std::string_view request);
// A frame that is no call: connection context, SASL (with a delimited message) or ping (without).
void AppendControl(std::string* out, std::int32_t call_id, std::string_view client_id, std::string_view message);
void AppendPing(std::string* out, std::string_view client_id);
// With kSuccess `body` follows the header; else there is nothing after it.
void AppendResponse(std::string* out, const ResponseHeader& header, std::string_view body);

}  // namespace mrd::rpc
