#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <google/protobuf/message_lite.h>

#include "common/base/secret.h"
#include "common/rpc/client.h"
#include "common/rpc/peer_proof.h"

namespace mrd::rpc {

// Typed calls of one protocol of ours (proto/mr). With a secret it proves that it holds it whenever the
// server asks for that, which is on each new connection. Threads: as Client.
class ProtoCaller {
 public:
  ProtoCaller(net::Connector& connector, boost::asio::any_io_executor executor, ClientOptions options,
              const std::optional<Secret>& secret);

  // `request` and `response` must live until it returns. The server's exceptions come as Statuses with their class as tag.
  net::awaitable<Status> Call(std::string method,
                              const google::protobuf::MessageLite& request,
                              google::protobuf::MessageLite& response,
                              std::chrono::milliseconds timeout);
  // Where there is a secret: shows it, and makes sure that the server holds the same. kPermissionDenied when it does not.
  net::awaitable<Status> Prove(std::chrono::milliseconds timeout);
  void Close() { client_.Close(); }
  std::string address() const { return client_.address(); }

 private:
  net::awaitable<Status> CallOnce(std::string method,
                                  const google::protobuf::MessageLite& request,
                                  google::protobuf::MessageLite& response,
                                  std::chrono::milliseconds timeout);

  std::optional<PeerProof> proof_;
  Client client_;
};

}  // namespace mrd::rpc
