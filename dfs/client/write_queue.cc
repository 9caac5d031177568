#include "dfs/client/write_queue.h"

#include <utility>

namespace mrd::dfs::client {

void WriteQueue::Wake(std::unique_lock<std::mutex> lock) {
  const bool waits = std::exchange(sender_waits_, false);
  lock.unlock();
  if (waits) wake_();
}

Status WriteQueue::Push(std::shared_ptr<const Packet> packet) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return finished_ || packets_.size() + taken_ < packets_max_; });
  if (finished_) return outcome_.ok() ? FailedPrecondition("the file is closed") : outcome_;
  packets_.push_back(std::move(packet));
  Wake(std::move(lock));
  return Status::Ok();
}

Status WriteQueue::WaitUntilAcknowledged(std::int64_t seqno) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return finished_ || acknowledged_ >= seqno; });
  return acknowledged_ >= seqno ? Status::Ok() : outcome_;
}

Status WriteQueue::CloseAndWait() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  Wake(std::move(lock));
  std::unique_lock again(mutex_);
  changed_.wait(again, [&] { return finished_; });
  return outcome_;
}

void WriteQueue::Abort() {
  std::unique_lock lock(mutex_);
  aborted_ = true;
  sender_waits_ = true;  // it may be waiting for a datanode rather than for us
  Wake(std::move(lock));
  std::unique_lock again(mutex_);
  changed_.wait(again, [&] { return finished_; });
}

WriteQueue::News WriteQueue::Look() {
  const std::lock_guard lock(mutex_);
  if (aborted_) return News::kAborted;
  if (!packets_.empty()) return News::kPacket;
  if (closed_) return News::kClosed;
  sender_waits_ = true;
  return News::kNone;
}

const Packet& WriteQueue::Front() {
  const std::lock_guard lock(mutex_);
  return *packets_.front();
}

std::shared_ptr<const Packet> WriteQueue::Take() {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Packet> packet = std::move(packets_.front());
  packets_.pop_front();
  ++taken_;
  return packet;
}

void WriteQueue::PutBack(std::deque<std::shared_ptr<const Packet>> packets) {
  const std::lock_guard lock(mutex_);
  taken_ -= packets.size();
  for (; !packets.empty(); packets.pop_back()) packets_.push_front(std::move(packets.back()));
}

void WriteQueue::Acknowledged(std::int64_t seqno) {
  const std::lock_guard lock(mutex_);
  acknowledged_ = seqno;
  --taken_;
  changed_.notify_all();
}

void WriteQueue::Finish(Status outcome) {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  outcome_ = std::move(outcome);
  packets_.clear();
  changed_.notify_all();
}

}  // namespace mrd::dfs::client
