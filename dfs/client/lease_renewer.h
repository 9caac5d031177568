#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "dfs/client/namenode_proxy.h"
#include "dfs/client/signal.h"

namespace mrd::dfs::client {

// Renews the lease of a client, one for all its files, while any of them is open for writing. On the client's thread.
class LeaseRenewer {
 public:
  using Spawn = std::function<void(std::function<awaitable<void>()>)>;

  // `namenode` must outlive it and what it spawned.
  LeaseRenewer(NamenodeProxy& namenode, std::string client_name, std::chrono::milliseconds interval,
               boost::asio::any_io_executor executor, Spawn spawn);

  void FileOpened();
  void FileClosed();
  // No more renewals.
  void Stop();

 private:
  awaitable<void> RenewWhileOpen();

  NamenodeProxy& namenode_;
  const std::string client_name_;
  const std::chrono::milliseconds interval_;
  const Spawn spawn_;
  Signal wake_;
  std::size_t open_files_ = 0;
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace mrd::dfs::client
