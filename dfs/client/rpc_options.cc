#include "dfs/client/rpc_options.h"

namespace mrd::dfs::client {
namespace {

// With a second between them.
constexpr int kFirstAttemptsOnThisHost = 3;

bool IsLoopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

}  // namespace

rpc::ClientOptions RpcOptions(const std::string& host, std::uint16_t port, const Options& options) {
  rpc::ClientOptions made;
  made.host = host;
  made.port = port;
  made.user = options.user;
  made.connect_timeout = options.connect_timeout;
  made.call_timeout = options.rpc_timeout;
  made.connect_attempts = 1 + options.connect_retries;
  if (!options.connect_retries_chosen && IsLoopback(host)) made.first_connect_attempts = kFirstAttemptsOnThisHost;
  made.connect_retry_delay = options.connect_retry_interval;
  if (options.on_waiting) made.on_waiting = [tell = options.on_waiting](const Status& why) { tell(why.message()); };
  return made;
}

}  // namespace mrd::dfs::client
