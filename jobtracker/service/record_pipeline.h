#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "common/base/status.h"
#include "common/net/stream.h"
#include "jobtracker/journal/store_writer.h"
#include "jobtracker/service/bell.h"

namespace mrd::jobtracker {

// From the core's records to effects that may leave: gives changes to the writer and knows which of them are safe.
//
// Two promises differ. *Settled*: every change that asked to be flushed is on the disk; a crash of the machine undoes
// nothing that was told. *Written*: all changes have reached the system; the end of the process undoes nothing.
// Threads: the core's alone; the writer's thread only posts to it.
class RecordPipeline {
 public:
  struct Hooks {
    std::function<void()> on_durable;                 // durable() is higher than before
    std::function<void(const Status&)> on_failure;    // once; nothing is written any more
  };
  // `writer` must outlive it. Records up to `last_number` are in the store already.
  RecordPipeline(StoreWriter& writer, boost::asio::any_io_executor core_executor, std::uint64_t last_number, Hooks hooks);
  ~RecordPipeline();

  // Asks nothing more of the writer.
  void Close() { *alive_ = false; }

  // Changes that hold records up to `last_number`; 0: none.
  void Append(std::vector<StoreWrite> writes, std::uint64_t last_number, bool sync);

  bool settled() const { return pending_syncs_.empty(); }
  // Every record up to this number that asked to be flushed is: what Core::TakeOrders wants to know.
  std::uint64_t durable() const { return settled() ? last_number_ : pending_syncs_.front().number_before; }
  // Wait for what was appended so far. An error means that it may or may not have been written.
  net::awaitable<Status> Settled();
  net::awaitable<Status> Written();

 private:
  struct PendingSync {
    std::uint64_t position = 0;
    std::uint64_t number_before = 0;
  };
  net::awaitable<Status> Reach(std::uint64_t position);
  void Watch();
  void OnWritten(std::uint64_t position, const Status& status);

  StoreWriter& writer_;
  const boost::asio::any_io_executor executor_;
  const Hooks hooks_;
  std::uint64_t last_number_;
  std::uint64_t appended_ = 0;  // positions of the writer
  std::uint64_t written_ = 0;
  bool watching_ = false;
  std::deque<PendingSync> pending_syncs_;
  Status failure_;
  std::shared_ptr<Bell> moved_;
  std::shared_ptr<bool> alive_;  // false once this is gone: late posts do nothing
};

}  // namespace mrd::jobtracker
