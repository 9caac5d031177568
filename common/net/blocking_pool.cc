#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/net/runtime.h"
#include "common/net/thread_name.h"
#include "common/net/waiter.h"

namespace mrd::net {

struct BlockingPool::Impl {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;  // guarded by mutex
  bool stopping = false;                    // guarded by mutex
  std::vector<std::thread> threads;

  void Work() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      std::function<void()> work = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      work();
      work = nullptr;  // what it holds goes before the lock is taken
      lock.lock();
    }
  }
};

BlockingPool::BlockingPool(std::string name, std::size_t threads) : impl_(new Impl) {
  MRD_CHECK(threads >= 1);
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get(), thread_name = name + "-" + std::to_string(i)] {
      NameThisThread(thread_name);
      impl->Work();
    });
  }
}

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
}

void BlockingPool::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->queue.push_back(std::move(work));
  }
  impl_->wake.notify_one();
}

std::size_t BlockingPool::queued() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->queue.size();
}

awaitable<void> BlockingPool::RunErased(std::function<void()> work) {
  auto keep = [&](Waiter waiter) {
    // Shared, because std::function wants to be copied. `work` lives in the frame of the coroutine that waits.
    auto waiting = std::make_shared<Waiter>(std::move(waiter));
    Post([&work, waiting] {
      work();
      waiting->Post();
    });
  };
  co_await Waiter::Suspend(std::move(keep));
}

}  // namespace mrd::net
