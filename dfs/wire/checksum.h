#pragma once

// Checksums of data, one for each chunk, as packets, replicas and READ_BLOCK carry them: 4 bytes, big-endian. Chunks
// are aligned to the beginning of the block; only the last one of a piece may be short.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "dfs/types.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::wire {

inline constexpr std::size_t kChecksumBytes = 4;
// A larger chunk would not fit in a packet.
inline constexpr std::uint32_t kChunkBytesMax = 16u << 20;

// How the chunks of a block are summed. With kNull there are no checksums at all.
struct ChecksumSpec {
  ChecksumType type = ChecksumType::kCrc32c;
  std::uint32_t bytes_per_chunk = 512;  // 1 to kChunkBytesMax

  std::uint64_t Chunks(std::uint64_t data_bytes) const {
    return data_bytes / bytes_per_chunk + (data_bytes % bytes_per_chunk != 0 ? 1 : 0);
  }
  // Of all checksums of that much data.
  std::uint64_t ChecksumBytes(std::uint64_t data_bytes) const {
    return type == ChecksumType::kNull ? 0 : Chunks(data_bytes) * kChecksumBytes;
  }
  friend bool operator==(const ChecksumSpec&, const ChecksumSpec&) = default;
};

// kInvalidArgument unless the type is known and the chunk size within its limits.
Result<ChecksumSpec> MakeChecksumSpec(int type, std::uint64_t bytes_per_chunk);

Result<ChecksumSpec> FromProto(const hadoop::hdfs::ChecksumProto& proto);
void ToProto(const ChecksumSpec& spec, hadoop::hdfs::ChecksumProto* proto);

// CRC of `data`, going on from `seed`, which is the CRC of the bytes before. 0 for kNull.
std::uint32_t ChecksumOf(ChecksumType type, std::string_view data, std::uint32_t seed = 0);

// Checksums stand in memory as on the wire; these convert one.
std::uint32_t LoadChecksum(const char* bytes);
void StoreChecksum(std::uint32_t checksum, char* bytes);

// Writes spec.ChecksumBytes(data.size()) bytes to `out`. `data` begins where a chunk begins, or is at most what fills a
// chunk up.
void ComputeChecksums(const ChecksumSpec& spec, std::string_view data, char* out);

// Where in `data` the first chunk begins that does not match its checksum; nothing if all match (and always with
// kNull). REQUIRES: checksums.size() == spec.ChecksumBytes(data.size()).
std::optional<std::size_t> FindBadChunk(const ChecksumSpec& spec, std::string_view data, std::string_view checksums);

// "CRC32C", "CRC32" or "NULL".
std::string_view ChecksumTypeName(ChecksumType type);

}  // namespace mrd::dfs::wire
