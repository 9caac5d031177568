#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/net/runtime.h"
#include "dfs/client/block_reader.h"
#include "dfs/client/block_token_store.h"
#include "dfs/client/connection_cache.h"
#include "dfs/client/lease_renewer.h"
#include "dfs/client/namenode_proxy.h"
#include "dfs/client/options.h"

namespace mrd::dfs::client {

struct Statistics {
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_written{0};
  std::atomic<std::uint64_t> read_operations{0};
  std::atomic<std::uint64_t> large_read_operations{0};
  std::atomic<std::uint64_t> write_operations{0};
};

struct NamenodeAddress {
  std::string host;
  std::uint16_t port = 8020;
};

// What the files of one client share: the connection to the namenode, idle connections to datanodes, the lease, and the
// one thread that all its coroutines run on. Files own it together; coroutines refer to it without owning it, because it
// is destroyed by a user's thread, which waits for them to end.
//
// Threads: what the constructor fixed, the statistics, the tokens and Run() are for any thread; the rest for the client's own.
class Context {
 public:
  // `seed` makes the client's name and its waits differ from those of others. `clock` must outlive it.
  Context(NamenodeAddress address, Options options, Clock& clock, std::uint64_t seed);
  // Ends whatever is under way. On a user's thread, after the last file has gone.
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Options options;
  const std::string client_name;  // the lease holder: one of a kind
  Clock& clock;
  Statistics statistics;
  BlockTokenStore tokens;

  // Runs a coroutine on the client's thread and blocks the caller, a user's thread, for its result.
  template <typename T>
  T Run(std::function<awaitable<T>()> coroutine) {
    return runtime_.Run<T>(executor(), std::move(coroutine));
  }
  // Runs it in the background; not at all when the context is being destroyed.
  void Spawn(std::function<awaitable<void>()> coroutine);
  boost::asio::any_io_executor executor() const { return runtime_.executor(); }

  Transport transport();
  NamenodeProxy& namenode();
  LeaseRenewer& leases();
  Random& random() { return random_; }
  // Asks a datanode how many bytes of a block that is being written can be read.
  awaitable<Result<std::uint64_t>> VisibleLength(DatanodeId node, ExtendedBlock block);

 private:
  struct Remote;
  awaitable<void> Stop();

  Random random_;
  net::Gate gate_;
  net::Runtime runtime_;
  std::unique_ptr<Remote> remote_;  // made and destroyed while the runtime lives
};

}  // namespace mrd::dfs::client
