#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "libmr/include/mr/abi.h"

namespace mrd::engine {

inline mr_bytes ToBytes(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToView(mr_bytes bytes) { return {bytes.data, bytes.size}; }

// The first eight bytes of a key as a big-endian number, zero-padded: comparing prefixes compares keys as far as the
// prefixes differ; equal prefixes say nothing about the rest.
inline std::uint64_t KeyPrefix(const char* key, std::size_t size) {
  std::uint64_t word = 0;
  if (size >= 8) {
    std::memcpy(&word, key, 8);
    return __builtin_bswap64(word);
  }
  for (std::size_t i = 0; i < size; ++i) {
    word = word << 8 | static_cast<unsigned char>(key[i]);
  }
  return size == 0 ? 0 : word << (8 * (8 - size));
}

// memcpy for lengths that are mostly small and not known before: without a call up to 32 bytes. REQUIRES: size != 0 or
// `from` is no null pointer.
inline void CopyBytes(char* to, const char* from, std::size_t size) {
  if (size > 32 || size < 4) [[unlikely]] {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    // Both ends, which overlap in the middle.
    char ends[32];
    std::memcpy(ends, from, 16);
    std::memcpy(ends + 16, from + size - 16, 16);
    std::memcpy(to, ends, 16);
    std::memcpy(to + size - 16, ends + 16, 16);
  } else if (size >= 8) {
    std::uint64_t first;
    std::uint64_t last;
    std::memcpy(&first, from, 8);
    std::memcpy(&last, from + size - 8, 8);
    std::memcpy(to, &first, 8);
    std::memcpy(to + size - 8, &last, 8);
  } else {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, from, 4);
    std::memcpy(&last, from + size - 4, 4);
    std::memcpy(to, &first, 4);
    std::memcpy(to + size - 4, &last, 4);
  }
}

// Byte order; a prefix comes first.
inline int CompareBytes(std::string_view a, std::string_view b) {
  const std::size_t common = a.size() < b.size() ? a.size() : b.size();
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (order != 0) return order;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

// How keys are ordered: by their bytes unless the job has a comparator.
class KeyOrder {
 public:
  KeyOrder() = default;
  explicit KeyOrder(const mr_comparator* comparator) : comparator_(comparator) {}

  bool bytewise() const { return comparator_ == nullptr; }
  int Compare(std::string_view a, std::string_view b) const {
    if (comparator_ == nullptr) return CompareBytes(a, b);
    return comparator_->compare(comparator_->self, ToBytes(a), ToBytes(b));
  }

 private:
  const mr_comparator* comparator_ = nullptr;
};

// The 8-byte encoding of a signed integer that compares like the number: big-endian with the sign bit flipped.
inline std::int64_t DecodeInt64(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, 8);
  return static_cast<std::int64_t>(__builtin_bswap64(word) ^ (std::uint64_t{1} << 63));
}
inline void EncodeInt64(std::int64_t value, char* out) {
  const std::uint64_t word = __builtin_bswap64(static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63));
  std::memcpy(out, &word, 8);
}

}  // namespace mrd::engine
