#pragma once

// CRCs of concatenations from the CRCs of the parts, without the data: for composite checksums of blocks and files.

#include <cstdint>

#include "dfs/types.h"

namespace mrd::dfs::wire {

// The CRC of a followed by b, from the CRC of a, the CRC of b and the length of b. 0 for kNull. Takes about one
// microsecond; see CrcShift where many pieces have one length.
std::uint32_t CrcOfConcatenation(ChecksumType type,
                                 std::uint32_t crc_first,
                                 std::uint32_t crc_second,
                                 std::uint64_t second_bytes);

// The same for many second parts of one length, such as the chunks of a block: a few nanoseconds each.
class CrcShift {
 public:
  CrcShift(ChecksumType type, std::uint64_t second_bytes);
  std::uint32_t Concatenate(std::uint32_t crc_first, std::uint32_t crc_second) const;

 private:
  std::uint32_t polynomial_;
  std::uint32_t factor_;  // x to the power of 8 * second_bytes, modulo the polynomial
};

}  // namespace mrd::dfs::wire
