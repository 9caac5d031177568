#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "common/rpc/client.h"

namespace mrd::datanode {

// Typed calls of one protocol of ours (proto/mr/datanode.proto). Threads: as rpc::Client.
class ProtoCaller {
 public:
  ProtoCaller(net::Connector& connector, boost::asio::any_io_executor executor, rpc::ClientOptions options)
      : client_(connector, std::move(executor), std::move(options)) {}

  // `request` and `response` must live until it returns. The server's exceptions come as Statuses with their class as tag.
  net::awaitable<Status> Call(std::string method,
                              const google::protobuf::MessageLite& request,
                              google::protobuf::MessageLite& response,
                              std::chrono::milliseconds timeout);
  void Close() { client_.Close(); }
  std::string address() const { return client_.address(); }

 private:
  rpc::Client client_;
};

inline constexpr const char* kDatanodeProtocol = "mrd.DatanodeProtocol";
inline constexpr const char* kInterDatanodeProtocol = "mrd.InterDatanodeProtocol";

}  // namespace mrd::datanode
