#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/net/runtime.h"
#include "dfs/client/options.h"

namespace mrd::rpc {
class Client;
}

namespace mrd::admin {

// Where a daemon answers calls.
struct ServerAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string ToString() const { return host + ":" + std::to_string(port); }
};

// "host:port", "[ipv6]:port", with or without "hdfs://" before it. kInvalidArgument, in Hadoop's words, for anything
// else.
Result<ServerAddress> ParseServerAddress(const std::string& text);

// One daemon as a command that blocks sees it: calls of any protocol, one connection for each. Settings are those of
// the client, as are the deadlines of connecting and of each call.
//
// Threads: one at a time.
class Remote {
 public:
  Remote(ServerAddress address, const dfs::client::Options& options);
  ~Remote();
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  // `request` and the result are serialised messages. A Java exception is the Status' tag, its first line the message.
  Result<std::string> Call(const std::string& protocol, const std::string& method, std::string request);
  const ServerAddress& address() const { return address_; }

 private:
  rpc::Client& ClientOf(const std::string& protocol);

  const ServerAddress address_;
  const dfs::client::Options options_;
  net::Runtime runtime_;
  std::map<std::string, std::unique_ptr<rpc::Client>> clients_;  // by protocol; made and destroyed while runtime_ lives
};

// Lets time pass. False when something interrupted the wait.
bool Pause(std::chrono::milliseconds time);

}  // namespace mrd::admin
