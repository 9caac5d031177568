#include "tools/shell/work_queue.h"

#include <algorithm>
#include <utility>

namespace mrd::shell {
namespace {

constexpr std::size_t kThreadsMax = 64;

}  // namespace

WorkQueue::WorkQueue(std::size_t threads, std::size_t queued_max) : queued_max_(std::max<std::size_t>(queued_max, 1)) {
  if (threads < 2) return;
  for (std::size_t i = 0; i < std::min(threads, kThreadsMax); ++i) threads_.emplace_back([this] { RunThread(); });
}

WorkQueue::~WorkQueue() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkQueue::Add(std::function<void()> work) {
  if (threads_.empty()) {
    work();
    return;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queued_.size() < queued_max_; });
  queued_.push_back(std::move(work));
  lock.unlock();
  changed_.notify_all();
}

void WorkQueue::Drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queued_.empty() && running_ == 0; });
}

void WorkQueue::RunThread() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !queued_.empty(); });
    if (queued_.empty()) return;
    std::function<void()> work = std::move(queued_.front());
    queued_.pop_front();
    ++running_;
    lock.unlock();
    changed_.notify_all();
    work();
    lock.lock();
    --running_;
    changed_.notify_all();
  }
}

}  // namespace mrd::shell
