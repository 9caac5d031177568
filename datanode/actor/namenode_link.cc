#include "datanode/actor/namenode_link.h"

#include <utility>

#include "dfs/wire/delimited.h"

namespace mrd::datanode {

net::awaitable<Status> ProtoCaller::Call(std::string method,
                                         const google::protobuf::MessageLite& request,
                                         google::protobuf::MessageLite& response,
                                         std::chrono::milliseconds timeout) {
  const std::string what = "answer to " + method;
  Result<std::string> bytes = co_await client_.Call(std::move(method), request.SerializeAsString(), timeout);
  if (!bytes.ok()) co_return bytes.status();
  co_return dfs::wire::ParseMessage(*bytes, what, response);
}

}  // namespace mrd::datanode
