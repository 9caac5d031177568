#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mrd::shell {

// Runs pieces of work on a few threads of its own; with one, at once on the caller's. At most `queued_max` pieces wait.
class WorkQueue {
 public:
  WorkQueue(std::size_t threads, std::size_t queued_max);
  ~WorkQueue();  // waits for all

  // Waits while the queue is full.
  void Add(std::function<void()> work);
  // Waits until all that was added is done.
  void Drain();

 private:
  void RunThread();

  const std::size_t queued_max_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> queued_;
  std::size_t running_ = 0;
  bool closing_ = false;
};

}  // namespace mrd::shell
