#include "dfs/wire/checksum.h"

#include <algorithm>

#include <zlib.h>

#include "common/base/check.h"
#include "common/base/crc32c.h"

namespace mrd::dfs::wire {

Result<ChecksumSpec> MakeChecksumSpec(int type, std::uint64_t bytes_per_chunk) {
  if (type < static_cast<int>(ChecksumType::kNull) || type > static_cast<int>(ChecksumType::kCrc32c)) {
    return InvalidArgument("checksum type " + std::to_string(type) +
                           " is unknown; use 0 (none), 1 (CRC32) or 2 (CRC32C)");
  }
  if (bytes_per_chunk == 0 || bytes_per_chunk > kChunkBytesMax) {
    return InvalidArgument(std::to_string(bytes_per_chunk) + " bytes per checksum; use 1 to " +
                           std::to_string(kChunkBytesMax));
  }
  return ChecksumSpec{static_cast<ChecksumType>(type), static_cast<std::uint32_t>(bytes_per_chunk)};
}

Result<ChecksumSpec> FromProto(const hadoop::hdfs::ChecksumProto& proto) {
  return MakeChecksumSpec(proto.type(), proto.bytesperchecksum());
}

void ToProto(const ChecksumSpec& spec, hadoop::hdfs::ChecksumProto* proto) {
  proto->set_type(static_cast<hadoop::hdfs::ChecksumTypeProto>(spec.type));
  proto->set_bytesperchecksum(spec.bytes_per_chunk);
}

std::uint32_t ChecksumOf(ChecksumType type, std::string_view data, std::uint32_t seed) {
  switch (type) {
    case ChecksumType::kNull:
      return 0;
    case ChecksumType::kCrc32:
      return static_cast<std::uint32_t>(crc32_z(seed, reinterpret_cast<const Bytef*>(data.data()), data.size()));
    case ChecksumType::kCrc32c:
      return Crc32c(data.data(), data.size(), seed);
  }
  MRD_CHECK(false);
}

std::uint32_t LoadChecksum(const char* bytes) {
  const auto* b = reinterpret_cast<const unsigned char*>(bytes);
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

void StoreChecksum(std::uint32_t checksum, char* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(checksum >> (24 - 8 * i));
}

void ComputeChecksums(const ChecksumSpec& spec, std::string_view data, char* out) {
  if (spec.type == ChecksumType::kNull) return;
  for (std::size_t at = 0; at < data.size(); at += spec.bytes_per_chunk, out += kChecksumBytes) {
    StoreChecksum(ChecksumOf(spec.type, data.substr(at, spec.bytes_per_chunk)), out);
  }
}

std::optional<std::size_t> FindBadChunk(const ChecksumSpec& spec, std::string_view data, std::string_view checksums) {
  MRD_CHECK(checksums.size() == spec.ChecksumBytes(data.size()));
  if (spec.type == ChecksumType::kNull) return std::nullopt;
  const char* expected = checksums.data();
  for (std::size_t at = 0; at < data.size(); at += spec.bytes_per_chunk, expected += kChecksumBytes) {
    if (ChecksumOf(spec.type, data.substr(at, spec.bytes_per_chunk)) != LoadChecksum(expected)) return at;
  }
  return std::nullopt;
}

std::string_view ChecksumTypeName(ChecksumType type) {
  switch (type) {
    case ChecksumType::kNull:
      return "NULL";
    case ChecksumType::kCrc32:
      return "CRC32";
    case ChecksumType::kCrc32c:
      return "CRC32C";
  }
  MRD_CHECK(false);
}

}  // namespace mrd::dfs::wire
