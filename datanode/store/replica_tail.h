#pragma once

// The end of a replica: what of it the checksums vouch for, and cutting it.

#include <cstdint>

#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/status.h"
#include "dfs/wire/checksum.h"

namespace mrd::datanode {

// Both files of a replica.
struct ReplicaFiles {
  File& data;
  File& meta;
};

// Where the checksum of chunk `index` stands in a meta file.
std::uint64_t ChecksumOffset(std::uint64_t index);

// Reads the header of a meta file. kCorruption when it is not one.
Result<dfs::wire::ChecksumSpec> ReadMetaHeader(File& meta);

struct ValidPrefix {
  std::uint64_t length = 0;
  dfs::wire::ChecksumSpec spec;
};

// How much of a replica that was being written can be trusted after its writer died. Looks from the end backwards for the
// first chunk that matches its checksum; within a chunk also for a shorter piece that does, because data are written before
// their checksums: bytes beyond what was flushed last may follow it. Chunks before that one are not read.
Result<ValidPrefix> FindValidPrefix(const ReplicaFiles& files);

// The checksum of what the last chunk holds when the replica is `length` long; 0 when no chunk is partial. Fails with
// kCorruption when the stored one, which must be of exactly these bytes, differs.
Result<std::uint32_t> LoadPartialChecksum(const ReplicaFiles& files,
                                          const dfs::wire::ChecksumSpec& spec,
                                          std::uint64_t length);

// Cuts a replica to `length`, which must not exceed what it has, and gives a chunk that becomes partial its new checksum.
// Ended anywhere in between, FindValidPrefix() gives `length` or more. Returns that checksum, 0 when no chunk is partial.
Result<std::uint32_t> CutReplica(const ReplicaFiles& files,
                                 const dfs::wire::ChecksumSpec& spec,
                                 std::uint64_t length,
                                 CrashPoints& crash_points);

}  // namespace mrd::datanode
