// Bytes on their way through the table: views, and a reader that never leaves its bounds.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abi.h"
#include "error.h"

namespace mr {

inline mr_bytes to_bytes(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view to_view(mr_bytes bytes) { return {bytes.data, bytes.size}; }

// Memory for decoded views that cannot point into the bytes they came from (a string with escapes in it). Views stay
// valid until clear(), which keeps the memory for the next record.
class Arena {
 public:
  std::string& next() {
    if (used_ == strings_.size()) strings_.push_back(std::make_unique<std::string>());
    std::string& string = *strings_[used_++];
    string.clear();
    return string;
  }
  void clear() { used_ = 0; }

 private:
  std::vector<std::unique_ptr<std::string>> strings_;
  std::size_t used_ = 0;
};

namespace detail {

template <class U>
U swap_to_big_endian(U value) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if constexpr (sizeof(U) == 2) return static_cast<U>(__builtin_bswap16(value));
  if constexpr (sizeof(U) == 4) return static_cast<U>(__builtin_bswap32(value));
  if constexpr (sizeof(U) == 8) return static_cast<U>(__builtin_bswap64(value));
#endif
  return value;
}

template <class U>
void store_big_endian(char* to, U value) {
  value = swap_to_big_endian(value);
  std::memcpy(to, &value, sizeof value);
}

template <class U>
void append_big_endian(std::string& to, U value) {
  char bytes[sizeof(U)];
  store_big_endian(bytes, value);
  to.append(bytes, sizeof bytes);
}

}  // namespace detail

// Takes encoded parts off the front of some bytes; throws CodecError where they end too early. The bytes and the arena
// must outlive the views that were read.
class Reader {
 public:
  Reader(std::string_view bytes, Arena& arena)
      : position_(bytes.data()), end_(bytes.data() + bytes.size()), arena_(&arena) {}

  std::size_t left() const { return static_cast<std::size_t>(end_ - position_); }
  const char* position() const { return position_; }

  unsigned char byte() {
    need(1);
    return static_cast<unsigned char>(static_cast<unsigned char>(*position_++) ^ mask_);
  }

  template <class U>
  U big_endian() {
    need(sizeof(U));
    U value;
    std::memcpy(&value, position_, sizeof value);
    position_ += sizeof value;
    value = detail::swap_to_big_endian(value);
    return mask_ == 0 ? value : static_cast<U>(~value);
  }

  // A string inside a larger value: 0x00 stands as 0x00 0xFF, the end is 0x00 0x01.
  std::string_view escaped() {
    if (mask_ == 0) {
      if (const char* zero = find_zero(); zero != nullptr && end_ - zero >= 2 && zero[1] == '\x01') {
        std::string_view text(position_, static_cast<std::size_t>(zero - position_));
        position_ = zero + 2;
        return text;
      }
    }
    std::string& text = arena_->next();
    while (true) {
      const unsigned char c = byte();
      if (c != 0) {
        text.push_back(static_cast<char>(c));
      } else if (!end_of_string()) {
        text.push_back('\0');
      } else {
        return text;
      }
    }
  }

  void skip_escaped() {
    while (true) {
      if (byte() == 0 && end_of_string()) return;
    }
  }

  void skip(std::size_t size) {
    need(size);
    position_ += size;
  }

  // From here on bytes are read inverted, or no longer so.
  void invert() { mask_ = static_cast<unsigned char>(~mask_); }

 private:
  void need(std::size_t size) const {
    if (detail::unlikely(left() < size)) {
      throw CodecError("the encoded bytes end too early: " + std::to_string(size) + " more expected, " +
                       std::to_string(left()) + " left");
    }
  }
  const char* find_zero() const {
    return left() == 0 ? nullptr : static_cast<const char*>(std::memchr(position_, 0, left()));
  }
  bool end_of_string() {
    const unsigned char c = byte();
    if (c == 0x01) return true;
    if (c == 0xFF) return false;
    throw CodecError("an encoded string holds 0x00 followed by neither 0xFF nor 0x01");
  }

  const char* position_;
  const char* end_;
  Arena* arena_;
  unsigned char mask_ = 0;
};

}  // namespace mr
