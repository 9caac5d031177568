#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "common/net/runtime.h"
#include "common/net/stream.h"
#include "datanode/transfer/transfer_context.h"

namespace mrd::datanode {

// The data port: a session for each connection of its listeners, up to a bound; the next ones are told that it is busy.
class TransferServer {
 public:
  explicit TransferServer(TransferContext& context) : context_(context) {}
  ~TransferServer();  // REQUIRES: Stop() was awaited, or Start() never called

  // Begins to accept. Call once for the TCP listener and, for passing descriptors, once for a Unix one.
  void Start(std::unique_ptr<net::Listener> listener, bool passes_descriptors);
  // Refuses new connections, closes those that there are, waits for their sessions.
  net::awaitable<void> Stop();

 private:
  struct Connection;
  net::awaitable<void> Accept(net::Listener* listener, bool passes_descriptors);
  net::awaitable<void> Serve(std::unique_ptr<net::Stream> stream, boost::asio::any_io_executor executor, bool passes);

  TransferContext& context_;
  net::Gate gate_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::mutex mutex_;
  std::set<Connection*> connections_;  // guarded by the mutex
};

}  // namespace mrd::datanode
