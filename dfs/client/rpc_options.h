#pragma once

#include <cstdint>
#include <string>

#include "common/rpc/client.h"
#include "dfs/client/options.h"

namespace mrd::dfs::client {

// How a client with these settings calls a namenode or a datanode; the protocol is still to be named. Where nothing
// listens on this very host, and the user did not say how long to try, the first connection is given up soon: nobody is
// about to start it, or the one who is waits for it.
rpc::ClientOptions RpcOptions(const std::string& host, std::uint16_t port, const Options& options);

}  // namespace mrd::dfs::client
