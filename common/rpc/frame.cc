#include "common/rpc/frame.h"

#include "common/rpc/protobuf_wire.h"

namespace mrd::rpc {
namespace {

// Field numbers of RpcRequestHeaderProto, RequestHeaderProto and RpcResponseHeaderProto.
enum RequestTag : std::uint32_t { kRpcKind = 1, kRpcOp = 2, kCallId = 3, kClientId = 4, kRetryCount = 5 };
enum CallTag : std::uint32_t { kMethod = 1, kProtocol = 2, kVersion = 3 };
enum ResponseTag : std::uint32_t {
  kResponseCallId = 1,
  kResponseStatus = 2,
  kResponseVersion = 3,
  kResponseClass = 4,
  kResponseMessage = 5,
  kResponseDetail = 6,
  kResponseClientId = 7,
  kResponseRetryCount = 8
};

bool IsNumber(const Field& field) { return field.type == WireType::kVarint; }
bool IsBytes(const Field& field) { return field.type == WireType::kBytes; }

// An enum or int32: negative ones arrive as ten bytes.
std::int32_t AsInt32(std::uint64_t number) { return static_cast<std::int32_t>(number); }

void PutLength(std::string* out, std::size_t at, std::size_t length) {
  for (std::size_t i = 0; i < kLengthSize; ++i) (*out)[at + i] = static_cast<char>(length >> (8 * (kLengthSize - 1 - i)));
}

// Begins a frame; returns where its length goes.
std::size_t BeginFrame(std::string* out) {
  out->append(kLengthSize, '\0');
  return out->size() - kLengthSize;
}
void EndFrame(std::string* out, std::size_t at) { PutLength(out, at, out->size() - at - kLengthSize); }

std::size_t NumberFieldSize(std::uint64_t value) { return 1 + VarintSize(value); }
std::size_t BytesFieldSize(std::string_view bytes) { return 1 + VarintSize(bytes.size()) + bytes.size(); }

void AppendDelimited(std::string* out, std::string_view message) {
  AppendVarint(out, message.size());
  out->append(message);
}

void AppendRequestHeader(std::string* out, const RequestHeader& header) {
  const std::uint32_t call_id = ToZigZag(header.call_id);
  const std::uint32_t retry_count = ToZigZag(header.retry_count);
  AppendVarint(out, NumberFieldSize(kRpcKindProtobuf) + NumberFieldSize(kRpcOpFinal) + NumberFieldSize(call_id) +
                        BytesFieldSize(header.client_id) + NumberFieldSize(retry_count));
  AppendVarintField(out, kRpcKind, kRpcKindProtobuf);
  AppendVarintField(out, kRpcOp, kRpcOpFinal);
  AppendVarintField(out, kCallId, call_id);
  AppendBytesField(out, kClientId, header.client_id);
  AppendVarintField(out, kRetryCount, retry_count);
}

}  // namespace

std::int32_t DecodeLength(std::string_view buffer) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < kLengthSize; ++i) length = length << 8 | static_cast<std::uint8_t>(buffer[i]);
  return static_cast<std::int32_t>(length);
}

bool TakeRequestHeader(std::string_view* frame, RequestHeader* header) {
  std::string_view message;
  if (!TakeDelimited(frame, &message)) return false;
  bool has_call_id = false;
  bool has_client_id = false;
  Field field;
  while (!message.empty()) {
    if (!TakeField(&message, &field)) return false;
    switch (field.tag) {
      case kRpcKind:
        if (!IsNumber(field)) return false;
        header->rpc_kind = AsInt32(field.number);
        break;
      case kRpcOp:
        if (!IsNumber(field)) return false;
        header->rpc_op = AsInt32(field.number);
        break;
      case kCallId:
        if (!IsNumber(field)) return false;
        header->call_id = FromZigZag(field.number);
        has_call_id = true;
        break;
      case kClientId:
        if (!IsBytes(field)) return false;
        header->client_id = field.bytes;
        has_client_id = true;
        break;
      case kRetryCount:
        if (!IsNumber(field)) return false;
        header->retry_count = FromZigZag(field.number);
        break;
      default: break;
    }
  }
  return has_call_id && has_client_id;
}

bool TakeCall(std::string_view* frame, CallHeader* header, std::string_view* request) {
  std::string_view message;
  if (!TakeDelimited(frame, &message)) return false;
  unsigned seen = 0;
  Field field;
  while (!message.empty()) {
    if (!TakeField(&message, &field)) return false;
    if (field.tag == kMethod && IsBytes(field)) {
      header->method = field.bytes;
    } else if (field.tag == kProtocol && IsBytes(field)) {
      header->protocol = field.bytes;
    } else if (field.tag == kVersion && IsNumber(field)) {
      header->version = field.number;
    } else if (field.tag <= kVersion) {
      return false;
    } else {
      continue;
    }
    seen |= 1u << field.tag;
  }
  constexpr unsigned kAll = 1u << kMethod | 1u << kProtocol | 1u << kVersion;
  return seen == kAll && TakeDelimited(frame, request);
}

bool TakeResponseHeader(std::string_view* frame, ResponseHeader* header) {
  std::string_view message;
  if (!TakeDelimited(frame, &message)) return false;
  bool has_call_id = false;
  bool has_status = false;
  Field field;
  while (!message.empty()) {
    if (!TakeField(&message, &field)) return false;
    const bool number = field.tag <= kResponseVersion || field.tag == kResponseDetail || field.tag == kResponseRetryCount;
    if (field.tag <= kResponseRetryCount && (number ? !IsNumber(field) : !IsBytes(field))) return false;
    switch (field.tag) {
      case kResponseCallId:
        header->call_id = AsInt32(field.number);
        has_call_id = true;
        break;
      case kResponseStatus:
        if (field.number > static_cast<std::uint8_t>(ResponseStatus::kFatal)) return false;
        header->status = static_cast<ResponseStatus>(field.number);
        has_status = true;
        break;
      case kResponseClass: header->exception_class = field.bytes; break;
      case kResponseMessage: header->message = field.bytes; break;
      case kResponseDetail: header->detail = static_cast<ErrorDetail>(field.number & 0xFF); break;
      case kResponseClientId: header->client_id = field.bytes; break;
      case kResponseRetryCount: header->retry_count = FromZigZag(field.number); break;
      default: break;
    }
  }
  return has_call_id && has_status;
}

void AppendPreamble(std::string* out, std::uint8_t auth) {
  out->append(kMagic);
  out->push_back(static_cast<char>(kIpcVersion));
  out->push_back(0);  // service class
  out->push_back(static_cast<char>(auth));
}

void AppendCall(std::string* out, const RequestHeader& header, const CallHeader& call, std::string_view request) {
  const std::size_t at = BeginFrame(out);
  AppendRequestHeader(out, header);
  AppendVarint(out, BytesFieldSize(call.method) + BytesFieldSize(call.protocol) + NumberFieldSize(call.version));
  AppendBytesField(out, kMethod, call.method);
  AppendBytesField(out, kProtocol, call.protocol);
  AppendVarintField(out, kVersion, call.version);
  AppendDelimited(out, request);
  EndFrame(out, at);
}

void AppendControl(std::string* out, std::int32_t call_id, std::string_view client_id, std::string_view message) {
  const std::size_t at = BeginFrame(out);
  RequestHeader header;
  header.call_id = call_id;
  header.client_id = client_id;
  AppendRequestHeader(out, header);
  AppendDelimited(out, message);
  EndFrame(out, at);
}

void AppendPing(std::string* out, std::string_view client_id) {
  const std::size_t at = BeginFrame(out);
  RequestHeader header;
  header.call_id = kCallIdPing;
  header.client_id = client_id;
  AppendRequestHeader(out, header);
  EndFrame(out, at);
}

void AppendResponse(std::string* out, const ResponseHeader& header, std::string_view body) {
  const bool success = header.status == ResponseStatus::kSuccess;
  // Unsigned on the wire: -33 takes five bytes.
  const auto call_id = static_cast<std::uint32_t>(header.call_id);
  const auto status = static_cast<std::uint64_t>(header.status);
  const auto detail = static_cast<std::uint64_t>(header.detail);
  const std::uint32_t retry_count = ToZigZag(header.retry_count);
  std::size_t size = NumberFieldSize(call_id) + NumberFieldSize(status) + NumberFieldSize(kIpcVersion) +
                     BytesFieldSize(header.client_id) + NumberFieldSize(retry_count);
  if (!success) {
    size += BytesFieldSize(header.exception_class) + BytesFieldSize(header.message) + NumberFieldSize(detail);
  }
  const std::size_t at = BeginFrame(out);
  AppendVarint(out, size);
  AppendVarintField(out, kResponseCallId, call_id);
  AppendVarintField(out, kResponseStatus, status);
  AppendVarintField(out, kResponseVersion, kIpcVersion);
  if (!success) {
    AppendBytesField(out, kResponseClass, header.exception_class);
    AppendBytesField(out, kResponseMessage, header.message);
    AppendVarintField(out, kResponseDetail, detail);
  }
  AppendBytesField(out, kResponseClientId, header.client_id);
  AppendVarintField(out, kResponseRetryCount, retry_count);
  if (success) AppendDelimited(out, body);
  EndFrame(out, at);
}

}  // namespace mrd::rpc
