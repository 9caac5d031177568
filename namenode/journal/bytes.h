#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mrd::namenode {

static_assert(std::endian::native == std::endian::little, "fixed-size numbers are stored as they lie in memory");

template <typename T>
void PutFixed(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <typename T>
void StoreFixed(char* out, T value) {
  std::memcpy(out, &value, sizeof(value));
}

// REQUIRES: sizeof(T) bytes at `data`.
template <typename T>
T LoadFixed(const char* data) {
  T value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

// Unsigned LEB128.
void PutVarint(std::string& out, std::uint64_t value);
// Signed numbers near zero become small unsigned ones.
inline std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
void PutBytes(std::string& out, std::string_view bytes);  // size as a varint, then the bytes

// Takes numbers and strings off the front of bytes that it does not own. After the first thing that does not fit it is
// failed: every later call answers 0 or nothing, so a decoder checks once at its end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t Varint();
  std::string_view Bytes();
  std::string_view Take(std::uint64_t size);

  bool failed() const { return failed_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace mrd::namenode
