#include "dfs/wire/check_convert.h"

#include <utility>

#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"

namespace mrd::dfs::wire {
namespace {

Result<BlockHealth> HealthOf(std::uint32_t value) {
  if (value > static_cast<std::uint32_t>(BlockHealth::kCorrupt)) {
    return Corruption("a block's health is " + std::to_string(value) + ", which this version does not know");
  }
  return static_cast<BlockHealth>(value);
}

void ToProto(const CheckedReplica& replica, proto::CheckedReplicaProto* proto) {
  wire::ToProto(replica.node, proto->mutable_node());
  proto->set_rack(replica.rack);
  proto->set_storageuuid(replica.storage_uuid);
  proto->set_storagetype(wire::ToProto(replica.storage_type));
  proto->set_state(replica.state);
}

Result<CheckedReplica> FromProto(const proto::CheckedReplicaProto& proto) {
  CheckedReplica replica;
  MRD_ASSIGN_OR_RETURN(replica.node, wire::FromProto(proto.node()));
  replica.rack = proto.rack();
  replica.storage_uuid = proto.storageuuid();
  replica.storage_type = wire::FromProto(proto.storagetype());
  replica.state = proto.state();
  return replica;
}

void ToProto(const CheckedBlock& block, proto::CheckedBlockProto* proto) {
  wire::ToProto(block.block, proto->mutable_block());
  proto->set_index(block.index);
  proto->set_offset(block.offset);
  proto->set_health(static_cast<std::uint32_t>(block.health));
  proto->set_wanted(block.wanted);
  proto->set_live(block.live);
  proto->set_decommissioned(block.decommissioned);
  proto->set_decommissioning(block.decommissioning);
  proto->set_maintenance(block.maintenance);
  proto->set_corrupt(block.corrupt);
  proto->set_excess(block.excess);
  proto->set_stale(block.stale);
  proto->set_pending(block.pending);
  if (!block.why.empty()) proto->set_why(block.why);
  for (const CheckedReplica& replica : block.replicas) ToProto(replica, proto->add_replicas());
}

Result<CheckedBlock> FromProto(const proto::CheckedBlockProto& proto) {
  CheckedBlock block;
  MRD_ASSIGN_OR_RETURN(block.block, wire::FromProto(proto.block()));
  block.index = proto.index();
  block.offset = proto.offset();
  MRD_ASSIGN_OR_RETURN(block.health, HealthOf(proto.health()));
  block.wanted = proto.wanted();
  block.live = proto.live();
  block.decommissioned = proto.decommissioned();
  block.decommissioning = proto.decommissioning();
  block.maintenance = proto.maintenance();
  block.corrupt = proto.corrupt();
  block.excess = proto.excess();
  block.stale = proto.stale();
  block.pending = proto.pending();
  block.why = proto.why();
  for (const auto& one : proto.replicas()) {
    MRD_ASSIGN_OR_RETURN(CheckedReplica replica, FromProto(one));
    block.replicas.push_back(std::move(replica));
  }
  return block;
}

void ToProto(const CheckTotals& totals, proto::CheckTotalsProto* proto) {
  proto->set_directories(totals.directories);
  proto->set_files(totals.files);
  proto->set_bytes(totals.bytes);
  proto->set_openfiles(totals.open_files);
  proto->set_openbytes(totals.open_bytes);
  proto->set_openblocks(totals.open_blocks);
  proto->set_blocks(totals.blocks);
  proto->set_minimallyreplicated(totals.minimally_replicated);
  proto->set_overreplicated(totals.over_replicated);
  proto->set_underreplicated(totals.under_replicated);
  proto->set_misreplicated(totals.misreplicated);
  proto->set_missing(totals.missing);
  proto->set_missingbytes(totals.missing_bytes);
  proto->set_corrupt(totals.corrupt);
  proto->set_corruptbytes(totals.corrupt_bytes);
  proto->set_wantedreplicas(totals.wanted_replicas);
  proto->set_livereplicas(totals.live_replicas);
  proto->set_lackingreplicas(totals.lacking_replicas);
  proto->set_decommissionedreplicas(totals.decommissioned_replicas);
  proto->set_decommissioningreplicas(totals.decommissioning_replicas);
  proto->set_maintenancereplicas(totals.maintenance_replicas);
}

CheckTotals FromProto(const proto::CheckTotalsProto& proto) {
  CheckTotals totals;
  totals.directories = proto.directories();
  totals.files = proto.files();
  totals.bytes = proto.bytes();
  totals.open_files = proto.openfiles();
  totals.open_bytes = proto.openbytes();
  totals.open_blocks = proto.openblocks();
  totals.blocks = proto.blocks();
  totals.minimally_replicated = proto.minimallyreplicated();
  totals.over_replicated = proto.overreplicated();
  totals.under_replicated = proto.underreplicated();
  totals.misreplicated = proto.misreplicated();
  totals.missing = proto.missing();
  totals.missing_bytes = proto.missingbytes();
  totals.corrupt = proto.corrupt();
  totals.corrupt_bytes = proto.corruptbytes();
  totals.wanted_replicas = proto.wantedreplicas();
  totals.live_replicas = proto.livereplicas();
  totals.lacking_replicas = proto.lackingreplicas();
  totals.decommissioned_replicas = proto.decommissionedreplicas();
  totals.decommissioning_replicas = proto.decommissioningreplicas();
  totals.maintenance_replicas = proto.maintenancereplicas();
  return totals;
}

}  // namespace

void ToProto(const CheckRequest& request, proto::CheckFilesRequestProto* proto) {
  proto->set_path(request.path);
  proto->set_after(request.after);
  proto->set_afterblocks(request.after_blocks);
  proto->set_allfiles(request.all_files);
  proto->set_allblocks(request.all_blocks);
  proto->set_openfiles(request.open_files);
}

CheckRequest FromProto(const proto::CheckFilesRequestProto& proto) {
  CheckRequest request;
  request.path = proto.path();
  request.after = proto.after();
  request.after_blocks = proto.afterblocks();
  request.all_files = proto.allfiles();
  request.all_blocks = proto.allblocks();
  request.open_files = proto.openfiles();
  return request;
}

void ToProto(const CheckPage& page, proto::CheckFilesResponseProto* proto) {
  for (const CheckedFile& file : page.files) {
    proto::CheckedFileProto* const told = proto->add_files();
    told->set_path(file.path);
    told->set_directory(file.directory);
    told->set_open(file.open);
    told->set_length(file.length);
    told->set_replication(file.replication);
    told->set_blockcount(file.block_count);
    for (const CheckedBlock& block : file.blocks) ToProto(block, told->add_blocks());
  }
  ToProto(page.totals, proto->mutable_totals());
  proto->set_more(page.more);
  proto->set_after(page.after);
  proto->set_afterblocks(page.after_blocks);
  proto->set_clientip(page.client_ip);
  proto->set_pool(page.pool);
  proto->set_datanodes(page.datanodes);
  proto->set_racks(page.racks);
  proto->set_defaultreplication(page.default_replication);
  proto->set_minreplication(page.min_replication);
  proto->set_queuedcopies(page.queued_copies);
}

Result<CheckPage> FromProto(const proto::CheckFilesResponseProto& proto) {
  CheckPage page;
  for (const auto& told : proto.files()) {
    CheckedFile& file = page.files.emplace_back();
    file.path = told.path();
    file.directory = told.directory();
    file.open = told.open();
    file.length = told.length();
    file.replication = told.replication();
    file.block_count = told.blockcount();
    for (const auto& one : told.blocks()) {
      MRD_ASSIGN_OR_RETURN(CheckedBlock block, FromProto(one));
      file.blocks.push_back(std::move(block));
    }
  }
  page.totals = FromProto(proto.totals());
  page.more = proto.more();
  page.after = proto.after();
  page.after_blocks = proto.afterblocks();
  page.client_ip = proto.clientip();
  page.pool = proto.pool();
  page.datanodes = proto.datanodes();
  page.racks = proto.racks();
  page.default_replication = proto.defaultreplication();
  page.min_replication = proto.minreplication();
  page.queued_copies = proto.queuedcopies();
  return page;
}

void ToProto(const BlockCheck& check, proto::CheckBlockResponseProto* proto) {
  proto->set_known(check.known);
  proto->set_path(check.path);
  if (check.known) ToProto(check.block, proto->mutable_block());
}

Result<BlockCheck> FromProto(const proto::CheckBlockResponseProto& proto) {
  BlockCheck check;
  check.known = proto.known();
  check.path = proto.path();
  if (!check.known) return check;
  MRD_ASSIGN_OR_RETURN(check.block, FromProto(proto.block()));
  return check;
}

void ToProto(const LostBlock& block, proto::LostBlockProto* proto) {
  wire::ToProto(block.block, proto->mutable_block());
  proto->set_path(block.path);
  proto->set_wanted(block.wanted);
  proto->set_why(block.why);
}

Result<LostBlock> FromProto(const proto::LostBlockProto& proto) {
  LostBlock block;
  MRD_ASSIGN_OR_RETURN(block.block, wire::FromProto(proto.block()));
  block.path = proto.path();
  block.wanted = proto.wanted();
  block.why = proto.why();
  return block;
}

void ToProto(const Examination& examination, proto::ExamineResponseProto* proto) {
  proto->set_clusterid(examination.cluster_id);
  proto->set_softwareversion(examination.software_version);
  proto->set_clockms(examination.clock_ms);
  proto->set_safemode(examination.safe_mode);
  proto->set_safemodemanual(examination.safe_mode_manual);
  proto->set_safemodetip(examination.safe_mode_tip);
  proto->set_awaitedblocks(examination.awaited_blocks);
  for (const LostBlock& block : examination.awaited) ToProto(block, proto->add_awaited());
  proto->set_wantedtargets(examination.wanted_targets);
  proto->set_foundtargets(examination.found_targets);
  for (const RefusedNode& refused : examination.refused) {
    proto::RefusedNodeProto* const told = proto->add_refused();
    told->set_address(refused.address);
    told->set_why(refused.why);
  }
  for (const NodeFacts& node : examination.nodes) {
    proto::NodeFactsProto* const told = proto->add_nodes();
    wire::ToProto(node.info, told->mutable_info());
    told->set_alive(node.alive);
    told->set_stale(node.stale);
    told->set_silentms(node.silent_ms);
    told->set_reported(node.reported);
    told->set_softwareversion(node.software_version);
    told->set_failedvolumes(node.failed_volumes);
    for (const StorageReport& storage : node.storages) wire::ToProto(storage, told->add_storages());
  }
  proto->set_underreplicated(examination.stats.under_replicated);
  proto->set_missingblocks(examination.stats.missing_blocks);
  proto->set_corruptblocks(examination.stats.corrupt_blocks);
  proto->set_blocksinfuture(examination.stats.blocks_in_future);
  proto->set_pendingdeletion(examination.stats.pending_deletion);
  for (const ReasonCount& reason : examination.reasons) {
    proto::ReasonCountProto* const told = proto->add_reasons();
    told->set_health(static_cast<std::uint32_t>(reason.health));
    told->set_why(reason.why);
    told->set_blocks(reason.blocks);
  }
  for (const LostBlock& block : examination.lost) ToProto(block, proto->add_lost());
  proto->set_journalfault(examination.journal_fault);
  for (const DirectoryFacts& directory : examination.directories) {
    proto::DirectoryFactsProto* const told = proto->add_directories();
    told->set_path(directory.path);
    told->set_fault(directory.fault);
    told->set_capacity(directory.capacity);
    told->set_available(directory.available);
  }
}

Result<Examination> FromProto(const proto::ExamineResponseProto& proto) {
  Examination examination;
  examination.cluster_id = proto.clusterid();
  examination.software_version = proto.softwareversion();
  examination.clock_ms = proto.clockms();
  examination.safe_mode = proto.safemode();
  examination.safe_mode_manual = proto.safemodemanual();
  examination.safe_mode_tip = proto.safemodetip();
  examination.awaited_blocks = proto.awaitedblocks();
  for (const auto& one : proto.awaited()) {
    MRD_ASSIGN_OR_RETURN(LostBlock block, FromProto(one));
    examination.awaited.push_back(std::move(block));
  }
  examination.wanted_targets = proto.wantedtargets();
  examination.found_targets = proto.foundtargets();
  for (const auto& refused : proto.refused()) examination.refused.push_back({refused.address(), refused.why()});
  for (const auto& told : proto.nodes()) {
    NodeFacts& node = examination.nodes.emplace_back();
    MRD_ASSIGN_OR_RETURN(node.info, wire::FromProto(told.info()));
    node.alive = told.alive();
    node.stale = told.stale();
    node.silent_ms = told.silentms();
    node.reported = told.reported();
    node.software_version = told.softwareversion();
    node.failed_volumes = told.failedvolumes();
    for (const auto& one : told.storages()) {
      MRD_ASSIGN_OR_RETURN(StorageReport storage, wire::FromProto(one));
      node.storages.push_back(std::move(storage));
    }
  }
  examination.stats.under_replicated = proto.underreplicated();
  examination.stats.missing_blocks = proto.missingblocks();
  examination.stats.corrupt_blocks = proto.corruptblocks();
  examination.stats.blocks_in_future = proto.blocksinfuture();
  examination.stats.pending_deletion = proto.pendingdeletion();
  for (const auto& told : proto.reasons()) {
    MRD_ASSIGN_OR_RETURN(const BlockHealth health, HealthOf(told.health()));
    examination.reasons.push_back({health, told.why(), told.blocks()});
  }
  for (const auto& one : proto.lost()) {
    MRD_ASSIGN_OR_RETURN(LostBlock block, FromProto(one));
    examination.lost.push_back(std::move(block));
  }
  examination.journal_fault = proto.journalfault();
  for (const auto& told : proto.directories()) {
    examination.directories.push_back({told.path(), told.fault(), told.capacity(), told.available()});
  }
  return examination;
}

void ToProto(const DatanodeFacts& facts, proto::DiagnoseResponseProto* proto) {
  proto->set_softwareversion(facts.software_version);
  proto->set_clockms(facts.clock_ms);
  proto->set_namenode(facts.namenode);
  proto->set_waitingfor(facts.waiting_for);
  for (const DatanodeFacts::Volume& volume : facts.volumes) {
    proto::VolumeFactsProto* const told = proto->add_volumes();
    told->set_path(volume.path);
    told->set_fault(volume.fault);
    told->set_capacity(volume.capacity);
    told->set_available(volume.available);
    told->set_reserved(volume.reserved);
    told->set_remaining(volume.remaining);
  }
}

DatanodeFacts FromProto(const proto::DiagnoseResponseProto& proto) {
  DatanodeFacts facts;
  facts.software_version = proto.softwareversion();
  facts.clock_ms = proto.clockms();
  facts.namenode = proto.namenode();
  facts.waiting_for = proto.waitingfor();
  for (const auto& told : proto.volumes()) {
    facts.volumes.push_back(
        {told.path(), told.fault(), told.capacity(), told.available(), told.reserved(), told.remaining()});
  }
  return facts;
}

}  // namespace mrd::dfs::wire
