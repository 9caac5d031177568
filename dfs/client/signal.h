#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "common/net/stream.h"

namespace mrd::dfs::client {

// Wakes coroutines of one single-threaded executor that wait for a condition among them:
//   while (!condition) co_await signal.Wait();
class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor);
  ~Signal();

  net::awaitable<void> Wait();
  // Returns after `time` at the latest.
  net::awaitable<void> WaitFor(std::chrono::milliseconds time);
  // Wakes everybody who waits now. On the executor only.
  void Notify();
  // The same from any thread; `self` keeps the signal's owner until then.
  void NotifyFromAnywhere(std::shared_ptr<void> self);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mrd::dfs::client
