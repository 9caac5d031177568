#include "common/base/crc32c.h"

#include <algorithm>

#include <isa-l/crc.h>

namespace mrd {

std::uint32_t Crc32c(const void* data, std::size_t size, std::uint32_t seed) {
  // ISA-L takes the length as int and leaves both inversions to the caller.
  constexpr std::size_t kPieceBytesMax = std::size_t{1} << 30;
  // Its signature lacks const; it only reads.
  auto* bytes = static_cast<unsigned char*>(const_cast<void*>(data));
  std::uint32_t crc = ~seed;
  while (size > 0) {
    const std::size_t piece = std::min(size, kPieceBytesMax);
    crc = crc32_iscsi(bytes, static_cast<int>(piece), crc);
    bytes += piece;
    size -= piece;
  }
  return ~crc;
}

}  // namespace mrd
