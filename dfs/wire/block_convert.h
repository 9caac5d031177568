#pragma once

// Blocks and where they are, between dfs/types.h and messages. ToProto sets what clients rely on: an empty token, and
// storage types and ids for every location. FromProto gives kInvalidArgument for what cannot be meant: a negative
// length, or lists that should be of one length and are not.

#include <cstdint>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "common/base/status.h"
#include "dfs/types.h"
#include "proto/hdfs/hdfs.pb.h"

namespace mrd::dfs::wire {

void ToProto(const ExtendedBlock& block, hadoop::hdfs::ExtendedBlockProto* proto);
Result<ExtendedBlock> FromProto(const hadoop::hdfs::ExtendedBlockProto& proto);

void ToProto(const Block& block, hadoop::hdfs::BlockProto* proto);
Result<Block> FromProto(const hadoop::hdfs::BlockProto& proto);

void ToProto(const LocatedBlock& block, hadoop::hdfs::LocatedBlockProto* proto);
Result<LocatedBlock> FromProto(const hadoop::hdfs::LocatedBlockProto& proto);

void ToProto(const LocatedBlocks& blocks, hadoop::hdfs::LocatedBlocksProto* proto);
Result<LocatedBlocks> FromProto(const hadoop::hdfs::LocatedBlocksProto& proto);

// The token where tokens are not enforced: all four fields present and empty.
void SetEmptyToken(hadoop::common::TokenProto* proto);

// The replicas of a block report, packed: four numbers each (id, length, stamp, state).
void AppendReplica(const ReportedReplica& replica, google::protobuf::RepeatedField<std::uint64_t>* packed);
Result<std::vector<ReportedReplica>> ReplicasFromProto(const google::protobuf::RepeatedField<std::uint64_t>& packed);

}  // namespace mrd::dfs::wire
