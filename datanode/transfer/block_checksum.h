#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "datanode/store/replica_reader.h"

namespace mrd::datanode {

enum class BlockChecksumKind { kMd5, kCompositeCrc };

struct BlockChecksumValue {
  std::string bytes;                  // 16 of an MD5, or 4 of a CRC
  std::uint64_t crcs_in_replica = 0;  // stored for all of it, however much was asked for
};

// The checksum of the first `length` bytes of a replica, from its stored checksums; a chunk that the length cuts is read.
// kInvalidArgument when the replica is shorter, or has no checksums to compose. Blocks on the disk.
Result<BlockChecksumValue> ComputeBlockChecksum(ReplicaReader& reader, std::uint64_t length, BlockChecksumKind kind);

}  // namespace mrd::datanode
