#include "engine/task_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/alt_stack.h"

namespace mrd::engine {

namespace {
constexpr std::chrono::milliseconds kTick{100};
}

Status RunTasks(int count,
                int threads,
                const std::function<Status(int task, int worker)>& run,
                const std::function<void()>& tick) {
  std::atomic<int> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::condition_variable done;
  int running = std::max(0, std::min(count, threads));
  int failed_task = count;
  Status failure;

  const auto work = [&](int worker) {
    const ThreadSignalStack signal_stack;  // plugin code runs here and may crash
    while (!failed.load()) {
      const int task = next.fetch_add(1);
      if (task >= count) break;
      Status status = run(task, worker);
      if (status.ok()) continue;
      failed.store(true);
      const std::lock_guard lock(mutex);
      // Tasks that stopped because of another one's failure are no reason.
      const bool first_of_kind = failure.ok() || (failure.code() == Code::kCancelled) != (status.code() == Code::kCancelled)
                                     ? failure.ok() || failure.code() == Code::kCancelled
                                     : task < failed_task;
      if (first_of_kind) {
        failure = std::move(status);
        failed_task = task;
      }
    }
    const std::lock_guard lock(mutex);
    --running;
    done.notify_one();
  };

  std::vector<std::thread> workers;
  const int started = running;
  for (int worker = 0; worker < started; ++worker) workers.emplace_back(work, worker);
  {
    std::unique_lock lock(mutex);
    while (!done.wait_for(lock, kTick, [&] { return running == 0; })) {
      lock.unlock();
      tick();
      lock.lock();
    }
  }
  for (std::thread& worker : workers) worker.join();
  return failure;
}

Status ForEach(std::size_t count,
               int threads,
               const std::function<Status(std::size_t step, std::size_t worker)>& work) {
  if (threads > 1) {
    return RunTasks(static_cast<int>(count), threads,
                    [&](int step, int worker) {
                      return work(static_cast<std::size_t>(step), static_cast<std::size_t>(worker));
                    },
                    [] {});
  }
  for (std::size_t step = 0; step < count; ++step) MRD_RETURN_IF_ERROR(work(step, 0));
  return Status::Ok();
}

}  // namespace mrd::engine
