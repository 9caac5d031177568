#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "common/base/status.h"
#include "dfs/client/packet.h"

namespace mrd::dfs::client {

// Packets on their way from a user's thread to the coroutine that sends them, and the news back. Bounded by the packets
// that datanodes have not acknowledged. One user's thread, one sender. Thread-safe.
class WriteQueue {
 public:
  // `wake` is called, with no lock held, when the sender waits and there is news for it.
  WriteQueue(std::size_t packets_max, std::function<void()> wake) : packets_max_(packets_max), wake_(std::move(wake)) {}

  // For the user. Each returns the failure when writing has failed.
  // Waits for room.
  Status Push(std::shared_ptr<const Packet> packet);
  Status WaitUntilAcknowledged(std::int64_t seqno);
  // There will be no more packets; waits until the sender has finished.
  Status CloseAndWait();
  // Tells the sender to drop everything and waits until it has.
  void Abort();

  // For the sender.
  enum class News { kPacket, kClosed, kAborted, kNone };
  // What is next. After kNone, `wake` will be called.
  News Look();
  // The next packet, not taken: stays where it is until Take(). REQUIRES: Look() said kPacket.
  const Packet& Front();
  std::shared_ptr<const Packet> Take();
  // Puts packets back that were taken, to be taken again, in this order.
  void PutBack(std::deque<std::shared_ptr<const Packet>> packets);
  // A packet that was taken has reached all datanodes.
  void Acknowledged(std::int64_t seqno);
  // Ends the user's waits: with an error now, and at every later call.
  void Finish(Status outcome);

 private:
  void Wake(std::unique_lock<std::mutex> lock);

  const std::size_t packets_max_;
  const std::function<void()> wake_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::shared_ptr<const Packet>> packets_;
  std::size_t taken_ = 0;
  std::int64_t acknowledged_ = -1;
  bool sender_waits_ = false;
  bool closed_ = false;
  bool aborted_ = false;
  bool finished_ = false;
  Status outcome_;
};

}  // namespace mrd::dfs::client
