#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "common/base/crash_points.h"
#include "common/base/status.h"
#include "common/net/stream.h"
#include "namenode/core/core.h"
#include "namenode/journal/edit_journal.h"

namespace mrd::namenode {

// From an operation's mutations to a reply that may leave: takes what the core left in its sink, gives it to the journal,
// and lets coroutines wait until it is durable. One callback of the journal serves all who wait, so a flush costs one hop
// between threads.
// Threads: the core's alone; the journal's thread only posts to it.
class EditPipeline {
 public:
  // The call that an edit comes from; its reply is kept with the edit for retries.
  struct Origin {
    std::string_view operation;
    std::string_view client_id;
    std::int32_t call_id = -1;
    std::string_view reply;
  };

  // References must outlive it. `core_executor` runs on one thread.
  EditPipeline(Core& core,
               EditJournal& journal,
               boost::asio::any_io_executor core_executor,
               CrashPoints& crash_points = CrashPoints::None());
  ~EditPipeline();

  // OK, or why nothing should be changed now; ask before an operation that changes something.
  Status Writable() const { return journal_.Writable(); }
  // Takes the sink's mutations. The edit's position, or 0 when there was nothing.
  TxId Commit(const Origin& origin, std::int64_t now_ms);
  // Waits until everything up to `id` is durable; at once for 0. An error means that it may or may not be.
  net::awaitable<Status> Durable(TxId id);
  // The last edit that was made.
  TxId last() const { return last_; }

 private:
  struct Waiting;
  void Watch();
  void OnAnswer(TxId upto, const Status& status);

  Core& core_;
  EditJournal& journal_;
  const boost::asio::any_io_executor executor_;
  CrashPoints& crash_points_;
  TxId last_;
  TxId durable_;
  bool watching_ = false;
  std::deque<std::unique_ptr<Waiting>> waiting_;  // ascending by id
  std::shared_ptr<bool> alive_;                   // false once this is gone: late posts do nothing
};

}  // namespace mrd::namenode
