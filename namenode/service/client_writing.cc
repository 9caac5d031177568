// ClientProtocol: files that are written.

#include <string>
#include <utility>
#include <vector>

#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/status_convert.h"
#include "namenode/service/client_protocol.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::namenode {

using namespace hadoop::hdfs;  // NOLINT: one protocol's messages fill this file
namespace wire = dfs::wire;
using wire::TokenMode;

namespace {

template <typename Infos>
Result<std::vector<dfs::DatanodeId>> IdsOf(const Infos& infos) {
  std::vector<dfs::DatanodeId> ids;
  for (const DatanodeInfoProto& info : infos) {
    MRD_ASSIGN_OR_RETURN(dfs::DatanodeId id, wire::FromProto(info.id()));
    ids.push_back(std::move(id));
  }
  return ids;
}

// Nodes and, where told, their volumes; the lists are parallel.
template <typename Uuids>
Result<std::vector<NamedTarget>> Named(const std::vector<dfs::DatanodeId>& nodes, const Uuids& storages) {
  std::vector<NamedTarget> targets;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    NamedTarget target;
    target.node_uuid = nodes[i].uuid;
    if (static_cast<int>(i) < storages.size()) target.storage_uuid = storages.Get(static_cast<int>(i));
    targets.push_back(std::move(target));
  }
  return targets;
}

dfs::InodeId FileId(std::uint64_t id) { return dfs::InodeId{static_cast<std::int64_t>(id)}; }

template <typename Request>
Result<std::optional<dfs::ExtendedBlock>> Optional(bool present, const Request& proto) {
  std::optional<dfs::ExtendedBlock> block;
  if (present) {
    MRD_ASSIGN_OR_RETURN(dfs::ExtendedBlock decoded, wire::FromProto(proto));
    block = std::move(decoded);
  }
  return block;
}

}  // namespace

void ClientProtocol::AddWriting() {
  Methods& table = *methods_;
  table.Add<CreateRequestProto, CreateResponseProto>(
      "create", MethodKind::kAtMostOnce, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        CreateRequest wish;
        wish.path = request.src();
        wish.permission = wire::FromProto(request.masked());
        wish.client_name = request.clientname();
        wish.flags = request.createflag();
        wish.create_parent = request.createparent();
        wish.replication = request.replication();
        wish.block_size = request.blocksize();
        MRD_ASSIGN_OR_RETURN(const dfs::FileStatus status, core_.writing().Create(call, std::move(wish)));
        wire::ToProto(status, response->mutable_fs());
        return Status::Ok();
      });
  table.Add<AppendRequestProto, AppendResponseProto>(
      "append", MethodKind::kAtMostOnce, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        const std::uint32_t flags = request.has_flag() ? request.flag() : dfs::kCreateFlagAppend;
        MRD_ASSIGN_OR_RETURN(const AppendResult result,
                             core_.writing().Append(call, request.src(), request.clientname(), flags));
        if (result.last_block) {
          wire::ToProto(*result.last_block, response->mutable_block());
          tokens_.Sign(call, {TokenMode::kWrite}, response->mutable_block());
        }
        wire::ToProto(result.status, response->mutable_stat());
        return Status::Ok();
      });
  table.Add<AddBlockRequestProto, AddBlockResponseProto>(
      "addBlock", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        AddBlockRequest wish;
        wish.path = request.src();
        wish.client_name = request.clientname();
        MRD_ASSIGN_OR_RETURN(wish.previous, Optional(request.has_previous(), request.previous()));
        MRD_ASSIGN_OR_RETURN(wish.excluded, IdsOf(request.excludenodes()));
        wish.file = FileId(request.fileid());
        wish.favoured.assign(request.favorednodes().begin(), request.favorednodes().end());
        for (const int flag : request.flags()) {
          wish.no_local_write = wish.no_local_write || flag == AddBlockFlagProto::NO_LOCAL_WRITE;
          wish.ignore_client_locality = wish.ignore_client_locality || flag == AddBlockFlagProto::IGNORE_CLIENT_LOCALITY;
        }
        MRD_ASSIGN_OR_RETURN(const dfs::LocatedBlock block, core_.writing().AddBlock(call, wish));
        wire::ToProto(block, response->mutable_block());
        tokens_.Sign(call, {TokenMode::kWrite}, response->mutable_block());
        return Status::Ok();
      });
  table.Add<AbandonBlockRequestProto, AbandonBlockResponseProto>(
      "abandonBlock", MethodKind::kIdempotent, [this](const CallContext&, const auto& request, auto*) -> Status {
        MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, wire::FromProto(request.b()));
        return core_.writing().AbandonBlock(block.block, request.src(), FileId(request.fileid()), request.holder());
      });
  table.Add<GetAdditionalDatanodeRequestProto, GetAdditionalDatanodeResponseProto>(
      "getAdditionalDatanode", MethodKind::kIdempotent,
      [this](const CallContext& call, const auto& request, auto* response) -> Status {
        AdditionalDatanodeRequest wish;
        wish.path = request.src();
        MRD_ASSIGN_OR_RETURN(wish.block, wire::FromProto(request.blk()));
        MRD_ASSIGN_OR_RETURN(const std::vector<dfs::DatanodeId> existing, IdsOf(request.existings()));
        MRD_ASSIGN_OR_RETURN(wish.existing, Named(existing, request.existingstorageuuids()));
        MRD_ASSIGN_OR_RETURN(wish.excluded, IdsOf(request.excludes()));
        wish.count = request.numadditionalnodes();
        wish.client_name = request.clientname();
        wish.file = FileId(request.fileid());
        MRD_ASSIGN_OR_RETURN(const dfs::LocatedBlock block, core_.writing().GetAdditionalDatanode(call, wish));
        wire::ToProto(block, response->mutable_block());
        tokens_.Sign(call, {TokenMode::kCopy}, response->mutable_block());
        return Status::Ok();
      });
  table.Add<CompleteRequestProto, CompleteResponseProto>(
      "complete", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const std::optional<dfs::ExtendedBlock> last, Optional(request.has_last(), request.last()));
        MRD_ASSIGN_OR_RETURN(const bool done, core_.writing().Complete(call, request.src(), request.clientname(), last,
                                                                       FileId(request.fileid())));
        response->set_result(done);
        return Status::Ok();
      });
  table.Add<FsyncRequestProto, FsyncResponseProto>(
      "fsync", MethodKind::kIdempotent, [this](const CallContext&, const auto& request, auto*) {
        return core_.writing().Fsync(request.src(), request.client(), FileId(request.fileid()), request.lastblocklength());
      });
  table.Add<UpdateBlockForPipelineRequestProto, UpdateBlockForPipelineResponseProto>(
      "updateBlockForPipeline", MethodKind::kIdempotent,
      [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, wire::FromProto(request.block()));
        MRD_ASSIGN_OR_RETURN(const dfs::LocatedBlock renewed,
                             core_.writing().UpdateBlockForPipeline(call, block, request.clientname()));
        wire::ToProto(renewed, response->mutable_block());
        tokens_.Sign(call, {TokenMode::kWrite}, response->mutable_block());
        return Status::Ok();
      });
  table.Add<UpdatePipelineRequestProto, UpdatePipelineResponseProto>(
      "updatePipeline", MethodKind::kAtMostOnce, [this](const CallContext&, const auto& request, auto*) -> Status {
        MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock before, wire::FromProto(request.oldblock()));
        MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock after, wire::FromProto(request.newblock()));
        std::vector<dfs::DatanodeId> nodes;
        for (const DatanodeIDProto& proto : request.newnodes()) {
          MRD_ASSIGN_OR_RETURN(dfs::DatanodeId id, wire::FromProto(proto));
          nodes.push_back(std::move(id));
        }
        MRD_ASSIGN_OR_RETURN(const std::vector<NamedTarget> targets, Named(nodes, request.storageids()));
        return core_.writing().UpdatePipeline(request.clientname(), before, after, targets);
      });
  table.Add<RenewLeaseRequestProto, RenewLeaseResponseProto>(
      "renewLease", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto*) {
        core_.state().leases.Renew(request.clientname(), call.mono_ms);
        return Status::Ok();
      });
  table.Add<RecoverLeaseRequestProto, RecoverLeaseResponseProto>(
      "recoverLease", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const bool closed, core_.recovery().Recover(call, request.src()));
        response->set_result(closed);
        return Status::Ok();
      });
  table.Add<TruncateRequestProto, TruncateResponseProto>(
      "truncate", MethodKind::kAtMostOnce, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const bool done,
                             core_.writing().Truncate(call, request.src(), static_cast<std::int64_t>(request.newlength()),
                                                      request.clientname()));
        response->set_result(done);
        return Status::Ok();
      });
  table.Add<ReportBadBlocksRequestProto, ReportBadBlocksResponseProto>(
      "reportBadBlocks", MethodKind::kRead, [this](const CallContext&, const auto& request, auto*) -> Status {
        for (const LocatedBlockProto& proto : request.blocks()) {
          MRD_ASSIGN_OR_RETURN(const dfs::LocatedBlock located, wire::FromProto(proto));
          std::vector<dfs::DatanodeId> nodes;
          for (const dfs::ReplicaLocation& location : located.locations) nodes.push_back(location.node.id);
          core_.SuspectCorrupt(located.block, nodes);
        }
        return Status::Ok();
      });
}

}  // namespace mrd::namenode
