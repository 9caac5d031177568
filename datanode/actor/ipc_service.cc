#include "datanode/actor/ipc_service.h"

#include <utility>

#include "common/net/co_status.h"
#include "datanode/actor/namenode_link.h"
#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/check_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/delimited.h"
#include "proto/hdfs/ClientDatanodeProtocol.pb.h"
#include "proto/mr/administration.pb.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::datanode {
namespace {

constexpr const char* kClientDatanodeProtocol = "org.apache.hadoop.hdfs.protocol.ClientDatanodeProtocol";
constexpr const char* kDiagnosisProtocol = "mr.DiagnosisProtocol";

void AddVolume(Volume& volume, const Result<VolumeSpace>& space, dfs::DatanodeFacts* facts) {
  dfs::DatanodeFacts::Volume& told = facts->volumes.emplace_back();
  told.path = volume.dir();
  told.fault = volume.failure();
  told.reserved = volume.reserved_bytes();
  if (!space.ok()) {
    if (told.fault.empty()) told.fault = space.status().message();
    return;
  }
  told.capacity = space->capacity;
  told.available = space->available;
  if (told.fault.empty()) told.remaining = volume.Report().remaining;
}

}  // namespace

IpcService::IpcService(TransferContext& context, Actor& actor, Options options)
    : context_(context), actor_(actor), options_(std::move(options)), began_ns_(context.clock.MonotonicNanos()) {}

std::vector<std::string> IpcService::protocols() const {
  return {kClientDatanodeProtocol, kInterDatanodeProtocol, kDiagnosisProtocol};
}

net::awaitable<Result<std::string>> IpcService::Handle(const rpc::Call& call) {
  if (call.protocol == kClientDatanodeProtocol) co_return co_await HandleClient(call);
  if (call.protocol == kDiagnosisProtocol) {
    if (call.method == "diagnose") co_return co_await Diagnose();
    co_return rpc::NoSuchMethod(call);
  }
  co_return co_await HandleDatanode(call);
}

net::awaitable<Result<std::string>> IpcService::HandleClient(const rpc::Call& call) {
  if (call.method == "getReplicaVisibleLength") co_return VisibleLength(call);
  if (call.method == "getDatanodeInfo") co_return Information();
  if (call.method == "getVolumeReport") co_return co_await VolumeReport();
  if (call.method == "getBlockLocalPathInfo") co_return LocalPaths(call);
  if (call.method == "triggerBlockReport") {
    hadoop::hdfs::TriggerBlockReportRequestProto request;
    if (!dfs::wire::ParseMessage(call.request, "request", request).ok()) co_return rpc::BadRequest(call);
    MRD_CO_RETURN_IF_ERROR(CheckSuperuser(call));
    actor_.TriggerReport(request.incremental());
    co_return hadoop::hdfs::TriggerBlockReportResponseProto().SerializeAsString();
  }
  if (call.method == "shutdownDatanode") {
    MRD_CO_RETURN_IF_ERROR(CheckSuperuser(call));
    context_.log.Info("shutdown was asked for by " + call.caller.user);
    if (options_.on_end) options_.on_end(Cancelled("shutdown was asked for by " + call.caller.user));
    co_return hadoop::hdfs::ShutdownDatanodeResponseProto().SerializeAsString();
  }
  if (call.method == "getBalancerBandwidth") {
    hadoop::hdfs::GetBalancerBandwidthResponseProto response;
    response.set_bandwidth(context_.balancing.per_second());
    co_return response.SerializeAsString();
  }
  if (call.method == "evictWriters") {
    MRD_CO_RETURN_IF_ERROR(CheckSuperuser(call));
    const std::size_t evicted = co_await context_.disks.any().Run([&] { return context_.store.EvictWriters(); });
    context_.log.Info("writers evicted=" + std::to_string(evicted) + " by=" + std::string(call.caller.user));
    co_return hadoop::hdfs::EvictWritersResponseProto().SerializeAsString();
  }
  if (call.method == "refreshNamenodes") {
    MRD_CO_RETURN_IF_ERROR(CheckSuperuser(call));
    // There is one namenode, and it is known.
    co_return hadoop::hdfs::RefreshNamenodesResponseProto().SerializeAsString();
  }
  if (call.method == "deleteBlockPool" || call.method == "startReconfiguration" ||
      call.method == "getReconfigurationStatus" || call.method == "listReconfigurableProperties" ||
      call.method.find("DiskBalancer") != std::string_view::npos) {
    co_return dfs::Exception(dfs::java::kUnsupportedOperation,
                             "This datanode does not support " + std::string(call.method));
  }
  co_return rpc::NoSuchMethod(call);
}

net::awaitable<Result<std::string>> IpcService::HandleDatanode(const rpc::Call& call) {
  if (options_.proof && call.standing != nullptr) {
    std::optional<Result<std::string>> answer =
        options_.proof->Serve(call.method, call.request, &call.standing->challenge, &call.standing->proven);
    if (answer) co_return *std::move(answer);
  }
  if (options_.proof && (call.standing == nullptr || !call.standing->proven)) {
    co_return dfs::Exception(dfs::java::kAuthorization,
                             "datanodes of this cluster prove that they hold its secret (mr.security.secret.file)");
  }
  if (call.method == "initReplicaRecovery") co_return co_await InitRecovery(call);
  if (call.method == "updateReplicaUnderRecovery") co_return co_await UpdateRecovery(call);
  co_return rpc::NoSuchMethod(call);
}

Status IpcService::CheckSuperuser(const rpc::Call& call) const {
  if (call.caller.user == options_.superuser) return Status::Ok();
  return dfs::Exception(dfs::java::kAccessControl, "Access denied for user " + call.caller.user + ". Superuser " +
                                                       options_.superuser + " privilege is required");
}

Result<std::string> IpcService::VisibleLength(const rpc::Call& call) {
  hadoop::hdfs::GetReplicaVisibleLengthRequestProto request;
  if (!dfs::wire::ParseMessage(call.request, "request", request).ok()) return rpc::BadRequest(call);
  MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, dfs::wire::FromProto(request.block()));
  MRD_ASSIGN_OR_RETURN(const std::uint64_t length, context_.store.VisibleLength(block));
  hadoop::hdfs::GetReplicaVisibleLengthResponseProto response;
  response.set_length(length);
  return response.SerializeAsString();
}

Result<std::string> IpcService::LocalPaths(const rpc::Call& call) {
  hadoop::hdfs::GetBlockLocalPathInfoRequestProto request;
  if (!dfs::wire::ParseMessage(call.request, "request", request).ok()) return rpc::BadRequest(call);
  MRD_RETURN_IF_ERROR(CheckSuperuser(call));
  MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, dfs::wire::FromProto(request.block()));
  MRD_ASSIGN_OR_RETURN(const BlockStore::Paths paths, context_.store.PathsOf(block));
  hadoop::hdfs::GetBlockLocalPathInfoResponseProto response;
  *response.mutable_block() = request.block();
  response.set_localpath(paths.data);
  response.set_localmetapath(paths.meta);
  return response.SerializeAsString();
}

Result<std::string> IpcService::Information() const {
  hadoop::hdfs::GetDatanodeInfoResponseProto response;
  auto* const info = response.mutable_localinfo();
  info->set_softwareversion(options_.software_version);
  info->set_configversion("core-" + options_.software_version + ",hdfs-" + options_.software_version);
  info->set_uptime(static_cast<std::uint64_t>((context_.clock.MonotonicNanos() - began_ns_) / 1'000'000'000));
  return response.SerializeAsString();
}

net::awaitable<Result<std::string>> IpcService::VolumeReport() {
  hadoop::hdfs::GetVolumeReportResponseProto response;
  (void)co_await context_.disks.any().Run([&] {
    const std::vector<dfs::StorageReport> reports = context_.store.StorageReports();
    for (std::size_t i = 0; i < reports.size(); ++i) {
      const Volume& volume = *context_.store.volumes()[i];
      auto* const info = response.add_volumeinfo();
      info->set_path(volume.dir());
      info->set_storagetype(dfs::wire::ToProto(reports[i].type));
      info->set_usedspace(reports[i].dfs_used);
      info->set_freespace(reports[i].remaining);
      info->set_reservedspace(volume.reserved_bytes());
      info->set_reservedspaceforreplicas(volume.reserved_for_writers());
      info->set_numblocks(context_.store.ReportOf(reports[i].storage_uuid).size());
    }
    return true;
  });
  co_return response.SerializeAsString();
}

net::awaitable<Result<std::string>> IpcService::Diagnose() {
  dfs::DatanodeFacts facts;
  facts.software_version = MRD_VERSION;
  facts.clock_ms = context_.clock.WallMillis();
  facts.namenode = options_.namenode;
  facts.waiting_for = actor_.waiting_for();
  (void)co_await context_.disks.any().Run([&] {
    for (const auto& volume : context_.store.volumes()) {
      AddVolume(*volume, options_.disk_space(volume->dir()), &facts);
    }
    return true;
  });
  dfs::proto::DiagnoseResponseProto response;
  dfs::wire::ToProto(facts, &response);
  co_return response.SerializeAsString();
}

net::awaitable<Result<std::string>> IpcService::InitRecovery(const rpc::Call& call) {
  dfs::proto::InitReplicaRecoveryRequestProto request;
  if (!dfs::wire::ParseMessage(call.request, "request", request).ok()) co_return rpc::BadRequest(call);
  MRD_CO_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, dfs::wire::FromProto(request.block()));
  const dfs::GenerationStamp stamp{static_cast<std::int64_t>(request.newgenerationstamp())};
  MRD_CO_ASSIGN_OR_RETURN(
      const std::optional<RecoverableReplica> replica,
      co_await context_.disks.any().Run([&] { return context_.store.InitRecovery(block, stamp); }));
  dfs::proto::InitReplicaRecoveryResponseProto response;
  response.set_found(replica.has_value());
  if (replica) {
    response.set_state(dfs::wire::ToProto(replica->state));
    response.set_length(replica->block.length);
    response.set_generationstamp(static_cast<std::uint64_t>(replica->block.stamp.value));
  }
  co_return response.SerializeAsString();
}

net::awaitable<Result<std::string>> IpcService::UpdateRecovery(const rpc::Call& call) {
  dfs::proto::UpdateReplicaUnderRecoveryRequestProto request;
  if (!dfs::wire::ParseMessage(call.request, "request", request).ok()) co_return rpc::BadRequest(call);
  MRD_CO_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, dfs::wire::FromProto(request.block()));
  const dfs::GenerationStamp stamp{static_cast<std::int64_t>(request.newgenerationstamp())};
  MRD_CO_ASSIGN_OR_RETURN(const FinalizedReplica updated, co_await context_.disks.any().Run([&] {
    return context_.store.UpdateRecovery(block, stamp, request.newlength());
  }));
  co_await context_.events.Received(updated.block, updated.storage_id, std::string());
  dfs::proto::UpdateReplicaUnderRecoveryResponseProto response;
  response.set_storageuuid(updated.storage_id);
  co_return response.SerializeAsString();
}

}  // namespace mrd::datanode
