#include "common/rpc/proto_caller.h"

#include <utility>

#include "common/net/co_status.h"
#include "common/rpc/remote_error.h"

namespace mrd::rpc {

ProtoCaller::ProtoCaller(net::Connector& connector, boost::asio::any_io_executor executor, ClientOptions options,
                         const std::optional<Secret>& secret)
    : client_(connector, std::move(executor), options) {
  if (secret) proof_.emplace(*secret, options.protocol);
}

net::awaitable<Status> ProtoCaller::CallOnce(std::string method,
                                             const google::protobuf::MessageLite& request,
                                             google::protobuf::MessageLite& response,
                                             std::chrono::milliseconds timeout) {
  const std::string what = "answer to " + method;
  Result<std::string> bytes = co_await client_.Call(std::move(method), request.SerializeAsString(), timeout);
  if (!bytes.ok()) co_return bytes.status();
  if (!response.ParseFromString(*bytes)) co_return Corruption(what + " from " + address() + ": it is no such message");
  co_return Status::Ok();
}

net::awaitable<Status> ProtoCaller::Call(std::string method,
                                         const google::protobuf::MessageLite& request,
                                         google::protobuf::MessageLite& response,
                                         std::chrono::milliseconds timeout) {
  Status status = co_await CallOnce(method, request, response, timeout);
  if (!proof_ || status.tag() != java::kAuthorization) co_return status;
  // The connection is a new one, and nothing was done of the call.
  MRD_CO_RETURN_IF_ERROR(co_await Prove(timeout));
  co_return co_await CallOnce(std::move(method), request, response, timeout);
}

net::awaitable<Status> ProtoCaller::Prove(std::chrono::milliseconds timeout) {
  if (!proof_) co_return Status::Ok();
  const dfs::proto::ChallengeRequestProto begun = proof_->Begin();
  dfs::proto::ChallengeResponseProto answer;
  MRD_CO_RETURN_IF_ERROR(co_await CallOnce(kChallengeMethod, begun, answer, timeout));
  const Result<dfs::proto::ProveRequestProto> proof = proof_->Continue(begun, answer);
  if (!proof.ok()) co_return proof.status().WithContext(address());
  dfs::proto::ProveResponseProto proven;
  co_return co_await CallOnce(kProveMethod, *proof, proven, timeout);
}

}  // namespace mrd::rpc
