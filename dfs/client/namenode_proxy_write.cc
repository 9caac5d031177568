// The calls of NamenodeProxy that writers make.

#include <utility>

#include "dfs/client/namenode_call.h"
#include "dfs/client/namenode_proxy.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/status_convert.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

namespace {

std::uint64_t IdOf(const OpenFile& file) { return static_cast<std::uint64_t>(file.id.value); }

}  // namespace

awaitable<Result<FileStatus>> NamenodeProxy::Create(CreateRequest request) {
  pb::CreateRequestProto message;
  message.set_src(request.path);
  message.mutable_masked()->set_perm(request.permission);
  message.mutable_unmasked()->set_perm(request.unmasked);
  message.set_clientname(request.client_name);
  message.set_createflag(request.flags);
  message.set_createparent(request.create_parents);
  message.set_replication(request.replication);
  message.set_blocksize(request.block_size);
  auto response = co_await Call<pb::CreateResponseProto>("create", message);
  if (!response.ok()) co_return response.status();
  if (!response->has_fs())
    co_return Internal("create " + request.path + ": namenode " + address() + " answered without a file status");
  co_return wire::FromProto(response->fs());
}

awaitable<Result<AppendReply>> NamenodeProxy::Append(std::string path, std::string client_name) {
  pb::AppendRequestProto message;
  message.set_src(path);
  message.set_clientname(client_name);
  message.set_flag(kCreateFlagAppend);
  auto response = co_await Call<pb::AppendResponseProto>("append", message);
  if (!response.ok()) co_return response.status();
  if (!response->has_stat())
    co_return Internal("append " + path + ": namenode " + address() + " answered without a file status");
  AppendReply reply;
  MRD_CO_ASSIGN_OR_RETURN(reply.status, wire::FromProto(response->stat()));
  if (response->has_block()) {
    tokens_.Keep(TokenUse::kWrite, response->block());
    MRD_CO_ASSIGN_OR_RETURN(reply.last_block, wire::FromProto(response->block()));
  }
  co_return reply;
}

awaitable<Result<LocatedBlock>> NamenodeProxy::AddBlock(AddBlockRequest request) {
  pb::AddBlockRequestProto message;
  message.set_src(request.file.path);
  message.set_clientname(request.file.client_name);
  message.set_fileid(IdOf(request.file));
  if (request.previous) wire::ToProto(*request.previous, message.mutable_previous());
  for (const DatanodeInfo& node : request.excluded) wire::ToProto(node, message.add_excludenodes());
  auto response = co_await Call<pb::AddBlockResponseProto>("addBlock", message);
  if (!response.ok()) co_return response.status();
  tokens_.Keep(TokenUse::kWrite, response->block());
  co_return wire::FromProto(response->block());
}

awaitable<Status> NamenodeProxy::AbandonBlock(OpenFile file, ExtendedBlock block) {
  pb::AbandonBlockRequestProto message;
  wire::ToProto(block, message.mutable_b());
  message.set_src(file.path);
  message.set_holder(file.client_name);
  message.set_fileid(IdOf(file));
  return CallForNothing<pb::AbandonBlockResponseProto>("abandonBlock", message);
}

awaitable<Result<LocatedBlock>> NamenodeProxy::GetAdditionalDatanode(AdditionalNodeRequest request) {
  pb::GetAdditionalDatanodeRequestProto message;
  message.set_src(request.file.path);
  wire::ToProto(request.block, message.mutable_blk());
  for (const ReplicaLocation& replica : request.existing) {
    wire::ToProto(replica.node, message.add_existings());
    message.add_existingstorageuuids(replica.storage_uuid);
  }
  for (const DatanodeInfo& node : request.excluded) wire::ToProto(node, message.add_excludes());
  message.set_numadditionalnodes(1);
  message.set_clientname(request.file.client_name);
  message.set_fileid(IdOf(request.file));
  auto response = co_await Call<pb::GetAdditionalDatanodeResponseProto>("getAdditionalDatanode", message);
  if (!response.ok()) co_return response.status();
  tokens_.Keep(TokenUse::kCopy, response->block());
  response->mutable_block()->set_offset(0);  // the namenode writes -1: it does not know it here
  co_return wire::FromProto(response->block());
}

awaitable<Result<bool>> NamenodeProxy::Complete(OpenFile file, std::optional<ExtendedBlock> last) {
  pb::CompleteRequestProto message;
  message.set_src(file.path);
  message.set_clientname(file.client_name);
  if (last) wire::ToProto(*last, message.mutable_last());
  message.set_fileid(IdOf(file));
  return CallForBool<pb::CompleteResponseProto>("complete", message);
}

awaitable<Status> NamenodeProxy::Fsync(OpenFile file, std::int64_t last_block_length) {
  pb::FsyncRequestProto message;
  message.set_src(file.path);
  message.set_client(file.client_name);
  message.set_lastblocklength(last_block_length);
  message.set_fileid(IdOf(file));
  return CallForNothing<pb::FsyncResponseProto>("fsync", message);
}

awaitable<Result<GenerationStamp>> NamenodeProxy::UpdateBlockForPipeline(ExtendedBlock block, std::string client_name) {
  pb::UpdateBlockForPipelineRequestProto message;
  wire::ToProto(block, message.mutable_block());
  message.set_clientname(client_name);
  auto response = co_await Call<pb::UpdateBlockForPipelineResponseProto>("updateBlockForPipeline", message);
  if (!response.ok()) co_return response.status();
  tokens_.Keep(TokenUse::kWrite, response->block());
  MRD_CO_ASSIGN_OR_RETURN(const ExtendedBlock renewed, wire::FromProto(response->block().b()));
  co_return renewed.block.stamp;
}

awaitable<Status> NamenodeProxy::UpdatePipeline(UpdatePipelineRequest request) {
  pb::UpdatePipelineRequestProto message;
  message.set_clientname(request.client_name);
  wire::ToProto(request.old_block, message.mutable_oldblock());
  wire::ToProto(request.new_block, message.mutable_newblock());
  for (const ReplicaLocation& replica : request.nodes) {
    wire::ToProto(replica.node.id, message.add_newnodes());
    message.add_storageids(replica.storage_uuid);
  }
  return CallForNothing<pb::UpdatePipelineResponseProto>("updatePipeline", message);
}

awaitable<Status> NamenodeProxy::RenewLease(std::string client_name) {
  pb::RenewLeaseRequestProto message;
  message.set_clientname(client_name);
  return CallForNothing<pb::RenewLeaseResponseProto>("renewLease", message);
}

awaitable<Result<bool>> NamenodeProxy::RecoverLease(std::string path, std::string client_name) {
  pb::RecoverLeaseRequestProto message;
  message.set_src(path);
  message.set_clientname(client_name);
  return CallForBool<pb::RecoverLeaseResponseProto>("recoverLease", message);
}

awaitable<Status> NamenodeProxy::ReportBadBlock(LocatedBlock block) {
  pb::ReportBadBlocksRequestProto message;
  wire::ToProto(block, message.add_blocks());
  return CallForNothing<pb::ReportBadBlocksResponseProto>("reportBadBlocks", message);
}

}  // namespace mrd::dfs::client
