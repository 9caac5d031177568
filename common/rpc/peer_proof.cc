#include "common/rpc/peer_proof.h"

namespace mrd::rpc {
namespace {

using namespace dfs::proto;  // NOLINT: the messages of this file

// Daemons of ours that know no more than that they are not wanted.
constexpr const char* kRefusedPeer = "org.apache.hadoop.hdfs.server.protocol.DisallowedDatanodeException";

Status BadNonce() { return InvalidArgument("a nonce of another length than " + std::to_string(kNonceBytes) + " bytes"); }

}  // namespace

// Different keys for the two parts, so that no answer of one can serve as the other's.
PeerProof::PeerProof(const Secret& secret, std::string_view protocol)
    : server_(secret.Derive("mr peer proof 1, server of " + std::string(protocol))),
      caller_(secret.Derive("mr peer proof 1, caller of " + std::string(protocol))) {}

std::optional<Result<std::string>> PeerProof::Serve(std::string_view method, std::string_view request,
                                                    std::string* nonce, bool* proven) const {
  const int size = static_cast<int>(request.size());
  if (method == kChallengeMethod) {
    ChallengeRequestProto asked;
    if (!asked.ParseFromArray(request.data(), size)) return InvalidArgument("challenge: no such message");
    if (asked.callernonce().size() != kNonceBytes) return BadNonce();
    if (nonce->empty()) *nonce = UnpredictableBytes(kNonceBytes);
    ChallengeResponseProto answer;
    answer.set_servernonce(*nonce);
    answer.set_proof(server_.Mac(*nonce + asked.callernonce()));
    return answer.SerializeAsString();
  }
  if (method != kProveMethod) return std::nullopt;
  ProveRequestProto proof;
  if (!proof.ParseFromArray(request.data(), size)) return InvalidArgument("prove: no such message");
  if (nonce->empty()) return FailedPrecondition("prove comes after challenge, on the same connection");
  if (proof.callernonce().size() != kNonceBytes) return BadNonce();
  if (!caller_.Verify(*nonce + proof.callernonce(), proof.proof())) {
    return PermissionDenied("the caller holds another secret; mr.security.secret.file must be the same for all daemons")
        .WithTag(kRefusedPeer);
  }
  *proven = true;
  return ProveResponseProto().SerializeAsString();
}

ChallengeRequestProto PeerProof::Begin() const {
  ChallengeRequestProto request;
  request.set_callernonce(UnpredictableBytes(kNonceBytes));
  return request;
}

Result<ProveRequestProto> PeerProof::Continue(const ChallengeRequestProto& begun,
                                              const ChallengeResponseProto& answer) const {
  if (answer.servernonce().size() != kNonceBytes) return BadNonce();
  if (!server_.Verify(answer.servernonce() + begun.callernonce(), answer.proof())) {
    return PermissionDenied("it holds another secret; mr.security.secret.file must be the same for all daemons");
  }
  ProveRequestProto proof;
  proof.set_callernonce(begun.callernonce());
  proof.set_proof(caller_.Mac(answer.servernonce() + begun.callernonce()));
  return proof;
}

}  // namespace mrd::rpc
