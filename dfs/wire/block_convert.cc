#include "dfs/wire/block_convert.h"

#include <optional>
#include <string>
#include <utility>

#include "dfs/wire/datanode_convert.h"

namespace mrd::dfs::wire {
namespace {

namespace hdfs = hadoop::hdfs;

constexpr int kNumbersPerReplica = 4;

Status CheckLength(std::uint64_t length, const char* what, std::uint64_t id) {
  if (length <= INT64_MAX) return Status::Ok();
  return InvalidArgument(std::string(what) + " " + std::to_string(id) + " with length " +
                         std::to_string(static_cast<std::int64_t>(length)));
}

}  // namespace

void ToProto(const ExtendedBlock& block, hdfs::ExtendedBlockProto* proto) {
  proto->set_poolid(block.pool);
  proto->set_blockid(static_cast<std::uint64_t>(block.block.id.value));
  proto->set_generationstamp(static_cast<std::uint64_t>(block.block.stamp.value));
  proto->set_numbytes(block.block.length);
}

Result<ExtendedBlock> FromProto(const hdfs::ExtendedBlockProto& proto) {
  MRD_RETURN_IF_ERROR(CheckLength(proto.numbytes(), "block", proto.blockid()));
  return ExtendedBlock{.pool = proto.poolid(),
                       .block = {.id = {static_cast<std::int64_t>(proto.blockid())},
                                 .stamp = {static_cast<std::int64_t>(proto.generationstamp())},
                                 .length = proto.numbytes()}};
}

void ToProto(const Block& block, hdfs::BlockProto* proto) {
  proto->set_blockid(static_cast<std::uint64_t>(block.id.value));
  proto->set_genstamp(static_cast<std::uint64_t>(block.stamp.value));
  proto->set_numbytes(block.length);
}

Result<Block> FromProto(const hdfs::BlockProto& proto) {
  MRD_RETURN_IF_ERROR(CheckLength(proto.numbytes(), "block", proto.blockid()));
  return Block{.id = {static_cast<std::int64_t>(proto.blockid())},
               .stamp = {static_cast<std::int64_t>(proto.genstamp())},
               .length = proto.numbytes()};
}

void SetEmptyToken(hadoop::common::TokenProto* proto) {
  proto->set_identifier("");
  proto->set_password("");
  proto->set_kind("");
  proto->set_service("");
}

void ToProto(const LocatedBlock& block, hdfs::LocatedBlockProto* proto) {
  ToProto(block.block, proto->mutable_b());
  proto->set_offset(block.offset);
  proto->set_corrupt(block.corrupt);
  SetEmptyToken(proto->mutable_blocktoken());
  for (const ReplicaLocation& location : block.locations) {
    ToProto(location.node, proto->add_locs());
    proto->add_iscached(false);
    proto->add_storagetypes(ToProto(location.storage_type));
    proto->add_storageids(location.storage_uuid);
  }
}

Result<LocatedBlock> FromProto(const hdfs::LocatedBlockProto& proto) {
  LocatedBlock block;
  MRD_ASSIGN_OR_RETURN(block.block, FromProto(proto.b()));
  MRD_RETURN_IF_ERROR(CheckLength(proto.offset(), "offset of block", proto.b().blockid()));
  block.offset = proto.offset();
  block.corrupt = proto.corrupt();
  const int count = proto.locs_size();
  if ((proto.storagetypes_size() != 0 && proto.storagetypes_size() != count) ||
      (proto.storageids_size() != 0 && proto.storageids_size() != count)) {
    return InvalidArgument(ToString(block.block.block) + " with " + std::to_string(count) + " locations, " +
                           std::to_string(proto.storagetypes_size()) + " storage types and " +
                           std::to_string(proto.storageids_size()) + " storage ids");
  }
  block.locations.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    ReplicaLocation& location = block.locations[static_cast<std::size_t>(i)];
    MRD_ASSIGN_OR_RETURN(location.node, FromProto(proto.locs(i)));
    if (proto.storagetypes_size() != 0) location.storage_type = FromProto(proto.storagetypes(i));
    if (proto.storageids_size() != 0) location.storage_uuid = proto.storageids(i);
  }
  return block;
}

void ToProto(const LocatedBlocks& blocks, hdfs::LocatedBlocksProto* proto) {
  proto->set_filelength(blocks.file_length);
  for (const LocatedBlock& block : blocks.blocks) ToProto(block, proto->add_blocks());
  proto->set_underconstruction(blocks.under_construction);
  if (blocks.last_block) ToProto(*blocks.last_block, proto->mutable_lastblock());
  proto->set_islastblockcomplete(blocks.last_block_complete);
}

Result<LocatedBlocks> FromProto(const hdfs::LocatedBlocksProto& proto) {
  LocatedBlocks blocks;
  if (proto.filelength() > INT64_MAX) {
    return InvalidArgument("file with length " + std::to_string(static_cast<std::int64_t>(proto.filelength())));
  }
  blocks.file_length = proto.filelength();
  blocks.blocks.reserve(static_cast<std::size_t>(proto.blocks_size()));
  for (const hdfs::LocatedBlockProto& block : proto.blocks()) {
    MRD_ASSIGN_OR_RETURN(LocatedBlock converted, FromProto(block));
    blocks.blocks.push_back(std::move(converted));
  }
  blocks.under_construction = proto.underconstruction();
  if (proto.has_lastblock()) {
    MRD_ASSIGN_OR_RETURN(blocks.last_block, FromProto(proto.lastblock()));
  }
  blocks.last_block_complete = proto.islastblockcomplete();
  return blocks;
}

void AppendReplica(const ReportedReplica& replica, google::protobuf::RepeatedField<std::uint64_t>* packed) {
  packed->Add(static_cast<std::uint64_t>(replica.block.id.value));
  packed->Add(replica.block.length);
  packed->Add(static_cast<std::uint64_t>(replica.block.stamp.value));
  packed->Add(static_cast<std::uint64_t>(replica.state));
}

Result<std::vector<ReportedReplica>> ReplicasFromProto(const google::protobuf::RepeatedField<std::uint64_t>& packed) {
  if (packed.size() % kNumbersPerReplica != 0) {
    return InvalidArgument("block report of " + std::to_string(packed.size()) + " numbers, a replica has four");
  }
  std::vector<ReportedReplica> replicas;
  replicas.reserve(static_cast<std::size_t>(packed.size() / kNumbersPerReplica));
  for (int i = 0; i < packed.size(); i += kNumbersPerReplica) {
    const std::uint64_t id = packed.Get(i);
    const std::uint64_t state = packed.Get(i + 3);
    MRD_RETURN_IF_ERROR(CheckLength(packed.Get(i + 1), "replica of block", id));
    if (state > static_cast<std::uint64_t>(ReplicaState::kTemporary)) {
      return InvalidArgument("replica of block " + std::to_string(id) + " in state " + std::to_string(state));
    }
    replicas.push_back({.block = {.id = {static_cast<std::int64_t>(id)},
                                  .stamp = {static_cast<std::int64_t>(packed.Get(i + 2))},
                                  .length = packed.Get(i + 1)},
                        .state = static_cast<ReplicaState>(state)});
  }
  return replicas;
}

}  // namespace mrd::dfs::wire
