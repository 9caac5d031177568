#include "dfs/client/block_operation.h"

#include <utility>

#include "common/net/co_status.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/transfer_status.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

std::string HostOf(const DatanodeId& node, const Options& options) {
  return options.use_datanode_hostname ? node.host : node.ip;
}

void FillHeader(const BlockAccess& access, pb::BaseHeaderProto* header) {
  wire::ToProto(access.block, header->mutable_block());
  access.tokens.Fill(access.use, access.block, header->mutable_token());
}

void FillHeader(const BlockAccess& access, std::string_view client_name, pb::ClientOperationHeaderProto* header) {
  FillHeader(access, header->mutable_baseheader());
  header->set_clientname(std::string(client_name));
}

awaitable<Result<std::unique_ptr<BufferedStream>>> ConnectToDatanode(net::Connector& connector, const Options& options,
                                                                     DatanodeId node) {
  MRD_CO_ASSIGN_OR_RETURN(std::unique_ptr<net::Stream> stream,
                          co_await connector.Connect(HostOf(node, options), node.xfer_port, options.socket_timeout));
  stream->SetIdleTimeout(options.socket_timeout);
  co_return std::make_unique<BufferedStream>(std::move(stream));
}

awaitable<Result<pb::BlockOpResponseProto>> Ask(BufferedStream& stream, std::string operation_bytes) {
  MRD_CO_RETURN_IF_ERROR(co_await stream.stream().Write(operation_bytes));
  pb::BlockOpResponseProto response;
  MRD_CO_RETURN_IF_ERROR(co_await stream.ReadDelimited("the datanode's answer", response));
  co_return response;
}

Status CheckSuccess(const pb::BlockOpResponseProto& response) {
  const wire::TransferStatus status = wire::FromProto(response.status());
  if (status == wire::TransferStatus::kSuccess) return Status::Ok();
  const std::string name(wire::TransferStatusName(status));
  const std::string text = response.message().empty() ? name : name + ": " + response.message();
  if (status == wire::TransferStatus::kErrorAccessToken) return PermissionDenied(text).WithTag(kAccessTokenTag);
  if (status == wire::TransferStatus::kErrorUnsupported) return Unimplemented(text);
  return IoError(text);
}

}  // namespace mrd::dfs::client
