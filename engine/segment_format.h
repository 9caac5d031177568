#pragma once

#include <cstdint>

// Spill files: sorted records of one map task, cut into one segment per reduce. docs/formats.md has the grammar. All
// numbers are little-endian. Never change; add a new magic instead.
namespace mrd::engine {

inline constexpr char kSpillMagic[8] = {'M', 'R', 'S', 'P', 'I', 'L', 'L', '1'};

// Before each block of a segment: sizes, flags and the CRC-32C of the three words before it and of the stored bytes.
struct BlockHeader {
  std::uint32_t raw_size;     // bytes of records
  std::uint32_t stored_size;  // bytes that follow
  std::uint32_t flags;
  std::uint32_t crc32c;
};
static_assert(sizeof(BlockHeader) == 16);

inline constexpr std::uint32_t kBlockLz4 = 1;  // stored bytes are one LZ4 block

// A block is closed once it holds this much; a record never crosses two blocks, so a larger record is a block alone.
inline constexpr std::size_t kBlockTargetBytes = 64 << 10;
// Keys and values are below 2 GiB each; a block holding both must fit its 32-bit size.
inline constexpr std::size_t kRecordBytesMax = (std::size_t{1} << 31) - 64;

}  // namespace mrd::engine
