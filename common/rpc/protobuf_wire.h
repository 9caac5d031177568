#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mrd::rpc {

// The few pieces of protobuf's encoding that headers of calls are read and written with, without generated messages: a
// header is met once per call, and most of its fields are skipped.

// Takes a varint of at most ten bytes off the front. False, with `in` undefined, when there is none.
inline bool TakeVarint(std::string_view* in, std::uint64_t* value) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < in->size() && i < 10; ++i) {
    const auto byte = static_cast<std::uint8_t>((*in)[i]);
    if (i == 9 && byte > 1) return false;  // more than 64 bits
    result |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      in->remove_prefix(i + 1);
      *value = result;
      return true;
    }
  }
  return false;
}

// Takes a message with its length before it off the front.
inline bool TakeDelimited(std::string_view* in, std::string_view* message) {
  std::uint64_t size = 0;
  if (!TakeVarint(in, &size) || size > in->size()) return false;
  *message = in->substr(0, size);
  in->remove_prefix(size);
  return true;
}

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// One field of a message. `number` is set for varints, `bytes` for the rest.
struct Field {
  std::uint32_t tag = 0;  // field number
  WireType type = WireType::kVarint;
  std::uint64_t number = 0;
  std::string_view bytes;
};

// Takes one field off the front. False when the bytes are no field; groups, which nobody sends, are not.
inline bool TakeField(std::string_view* in, Field* field) {
  std::uint64_t key = 0;
  if (!TakeVarint(in, &key)) return false;
  if (key >> 3 == 0 || key >> 3 > 0x1FFFFFFF) return false;
  field->tag = static_cast<std::uint32_t>(key >> 3);
  field->type = static_cast<WireType>(key & 7);
  switch (field->type) {
    case WireType::kVarint: return TakeVarint(in, &field->number);
    case WireType::kBytes: return TakeDelimited(in, &field->bytes);
    case WireType::kFixed64:
    case WireType::kFixed32: {
      const std::size_t size = field->type == WireType::kFixed64 ? 8 : 4;
      if (in->size() < size) return false;
      field->bytes = in->substr(0, size);
      in->remove_prefix(size);
      return true;
    }
  }
  return false;
}

inline std::int32_t FromZigZag(std::uint64_t value) {
  const auto low = static_cast<std::uint32_t>(value);
  return static_cast<std::int32_t>((low >> 1) ^ (~(low & 1) + 1));
}
inline std::uint32_t ToZigZag(std::int32_t value) {
  return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
}

inline std::size_t VarintSize(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}
inline void AppendVarint(std::string* out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}
inline void AppendVarintField(std::string* out, std::uint32_t tag, std::uint64_t value) {
  AppendVarint(out, tag << 3);
  AppendVarint(out, value);
}
inline void AppendBytesField(std::string* out, std::uint32_t tag, std::string_view bytes) {
  AppendVarint(out, tag << 3 | 2);
  AppendVarint(out, bytes.size());
  out->append(bytes);
}

}  // namespace mrd::rpc
