#include "tools/admin/remote.h"

#include <time.h>

#include <utility>

#include "common/net/stream.h"
#include "common/rpc/client.h"
#include "dfs/client/dfs_path.h"
#include "dfs/client/rpc_options.h"

namespace mrd::admin {

Result<ServerAddress> ParseServerAddress(const std::string& text) {
  constexpr std::string_view kScheme = "hdfs://";
  std::string authority = text.starts_with(kScheme) ? text.substr(kScheme.size()) : text;
  while (authority.ends_with('/')) authority.pop_back();
  const Result<dfs::client::NamenodeAddress> parsed = dfs::client::ParseAuthority(authority, 0);
  if (!parsed.ok() || parsed->port == 0) {
    return InvalidArgument("Does not contain a valid host:port authority: " + text);
  }
  return ServerAddress{parsed->host, parsed->port};
}

Remote::Remote(ServerAddress address, const dfs::client::Options& options)
    : address_(std::move(address)), options_(options), runtime_("admin", 1) {}

Remote::~Remote() {
  // On the runtime's thread, where the connections live.
  runtime_.Run<void>(runtime_.executor(), [this]() -> net::awaitable<void> {
    clients_.clear();
    co_return;
  });
}

rpc::Client& Remote::ClientOf(const std::string& protocol) {
  std::unique_ptr<rpc::Client>& client = clients_[protocol];
  if (!client) {
    rpc::ClientOptions made = dfs::client::RpcOptions(address_.host, address_.port, options_);
    made.protocol = protocol;
    client = std::make_unique<rpc::Client>(net::Connector::Tcp(), runtime_.executor(), std::move(made));
  }
  return *client;
}

Result<std::string> Remote::Call(const std::string& protocol, const std::string& method, std::string request) {
  rpc::Client& client = ClientOf(protocol);
  return runtime_.Run<Result<std::string>>(runtime_.executor(),
                                           [&] { return client.Call(method, std::move(request)); });
}

bool Pause(std::chrono::milliseconds time) {
  timespec wait{};
  wait.tv_sec = static_cast<time_t>(time.count() / 1000);
  wait.tv_nsec = static_cast<long>(time.count() % 1000) * 1'000'000;
  return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, nullptr) == 0;
}

}  // namespace mrd::admin
