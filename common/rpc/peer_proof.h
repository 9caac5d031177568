#pragma once

// How one daemon shows another that it holds the same secret, without sending it: "challenge" and "prove" of
// proto/mr/datanode.proto. It proves the peer at the other end of the connection at that moment; what goes over the
// connection afterwards is neither hidden nor signed.

#include <optional>
#include <string>
#include <string_view>

#include "common/base/secret.h"
#include "common/base/status.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::rpc {

inline constexpr const char* kChallengeMethod = "challenge";
inline constexpr const char* kProveMethod = "prove";
inline constexpr std::size_t kNonceBytes = 32;

// The holder's side of both parts, for one protocol. Pure but for the nonces. Thread-safe.
class PeerProof {
 public:
  // Proofs for one protocol are worth nothing for another.
  PeerProof(const Secret& secret, std::string_view protocol);

  // The server's part: answers "challenge" and "prove"; nothing for other methods. Of each connection it remembers
  // `nonce`, at first empty, and in `proven` whether the peer has shown that it holds the secret.
  std::optional<Result<std::string>> Serve(std::string_view method, std::string_view request, std::string* nonce,
                                           bool* proven) const;

  // The caller's part: what to send first; then, when the server's answer shows that it holds the secret too, what to
  // send next. kPermissionDenied when it does not.
  dfs::proto::ChallengeRequestProto Begin() const;
  Result<dfs::proto::ProveRequestProto> Continue(const dfs::proto::ChallengeRequestProto& begun,
                                                 const dfs::proto::ChallengeResponseProto& answer) const;

 private:
  const Secret server_;
  const Secret caller_;
};

}  // namespace mrd::rpc
