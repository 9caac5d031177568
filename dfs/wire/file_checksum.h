#pragma once

// Checksums of whole blocks and files, made of the checksums of their chunks, without the data: what BLOCK_CHECKSUM
// answers, and what `dfs -checksum` prints.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "dfs/wire/checksum.h"

namespace mrd::dfs::wire {

inline constexpr std::size_t kMd5Bytes = 16;
using Md5Digest = std::array<char, kMd5Bytes>;

Md5Digest Md5(std::string_view data);

// MD5 over the 4-byte checksums of a block's chunks as they stand in its checksum file. With kNull there are none.
inline Md5Digest BlockMd5(std::string_view checksums) { return Md5(checksums); }

// The CRC of a block from the checksums of its chunks; they cover `data_bytes`, so the last chunk may be short.
// kInvalidArgument for kNull, which has no CRC. REQUIRES: checksums.size() == spec.ChecksumBytes(data_bytes).
Result<std::uint32_t> BlockCompositeCrc(const ChecksumSpec& spec, std::string_view checksums, std::uint64_t data_bytes);

struct FileChecksum {
  std::string algorithm;
  std::string bytes;
};

// What the datanodes said of the blocks of a file that agree in type and bytes per checksum.
struct FileChecksumInput {
  ChecksumType type = ChecksumType::kCrc32c;
  std::uint32_t bytes_per_crc = 0;
  std::uint64_t crcs_per_block = 0;  // of the first block; ignored for files of one block
};

// "MD5-of-<n>MD5-of-<m>CRC32C" and 28 bytes: MD5 over the MD5s of the blocks. Without blocks it is the checksum of
// the empty file, whatever the input says.
FileChecksum FileChecksumOfMd5s(const FileChecksumInput& input, std::span<const Md5Digest> blocks);

struct BlockCrc {
  std::uint32_t crc = 0;
  std::uint64_t length = 0;
};

// "COMPOSITE-CRC32C" and 4 bytes: the CRC of the whole content, however it is cut into blocks.
// kInvalidArgument for kNull.
Result<FileChecksum> CompositeFileChecksum(ChecksumType type, std::span<const BlockCrc> blocks);

}  // namespace mrd::dfs::wire
