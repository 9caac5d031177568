#include "dfs/client/lease_renewer.h"

#include <utility>

namespace mrd::dfs::client {

LeaseRenewer::LeaseRenewer(NamenodeProxy& namenode, std::string client_name, std::chrono::milliseconds interval,
                           boost::asio::any_io_executor executor, Spawn spawn)
    : namenode_(namenode),
      client_name_(std::move(client_name)),
      interval_(interval),
      spawn_(std::move(spawn)),
      wake_(std::move(executor)) {}

void LeaseRenewer::FileOpened() {
  ++open_files_;
  if (running_ || stopped_) return;
  running_ = true;
  auto renew = [this] { return RenewWhileOpen(); };
  spawn_(renew);
}

void LeaseRenewer::FileClosed() { --open_files_; }

void LeaseRenewer::Stop() {
  stopped_ = true;
  wake_.Notify();
}

awaitable<void> LeaseRenewer::RenewWhileOpen() {
  while (true) {
    co_await wake_.WaitFor(interval_);
    if (stopped_ || open_files_ == 0) break;
    // A failure is met by the writers themselves: their next call to the namenode fails, or the lease still holds.
    const Status renewed = co_await namenode_.RenewLease(client_name_);
    static_cast<void>(renewed);
  }
  running_ = false;
}

}  // namespace mrd::dfs::client
