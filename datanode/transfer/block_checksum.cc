#include "datanode/transfer/block_checksum.h"

#include "dfs/wire/checksum.h"
#include "dfs/wire/file_checksum.h"

namespace mrd::datanode {
namespace {

// A checksum file that is taken into memory at once: enough for blocks of 16 GiB with chunks of 512 bytes.
constexpr std::uint64_t kChecksumBytesMax = std::uint64_t{128} << 20;

}  // namespace

Result<BlockChecksumValue> ComputeBlockChecksum(ReplicaReader& reader, std::uint64_t length, BlockChecksumKind kind) {
  const dfs::wire::ChecksumSpec& spec = reader.spec();
  if (length > reader.length()) {
    return InvalidArgument(ToString(reader.block()) + " has " + std::to_string(reader.length()) +
                           " bytes, asked for was the checksum of " + std::to_string(length));
  }
  if (spec.ChecksumBytes(length) > kChecksumBytesMax) {
    return ResourceExhausted(ToString(reader.block()) + " has " + std::to_string(spec.ChecksumBytes(length)) +
                             " bytes of checksums, too many to be summed at once");
  }
  MRD_ASSIGN_OR_RETURN(const std::string checksums, reader.Checksums(length));
  BlockChecksumValue value;
  if (spec.type != dfs::ChecksumType::kNull) value.crcs_in_replica = spec.Chunks(reader.length());
  if (kind == BlockChecksumKind::kMd5) {
    const dfs::wire::Md5Digest digest = dfs::wire::BlockMd5(checksums);
    value.bytes.assign(digest.begin(), digest.end());
    return value;
  }
  MRD_ASSIGN_OR_RETURN(const std::uint32_t crc, dfs::wire::BlockCompositeCrc(spec, checksums, length));
  value.bytes.resize(dfs::wire::kChecksumBytes);
  dfs::wire::StoreChecksum(crc, value.bytes.data());
  return value;
}

}  // namespace mrd::datanode
