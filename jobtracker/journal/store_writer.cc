#include "jobtracker/journal/store_writer.h"

#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace mrd::jobtracker {
namespace {

// A batch is held in memory twice; more waits for the next one.
constexpr std::size_t kBatchBytesMax = std::size_t{16} << 20;

}  // namespace

struct StoreWriter::Impl {
  struct Entry {
    std::vector<StoreWrite> writes;
    bool sync = false;
  };
  struct Waiter {
    std::uint64_t position = 0;
    Written callback;
  };

  explicit Impl(JobStore& job_store) : store(job_store), thread([this] { Run(); }) {}

  void Run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return stopping || !entries.empty() || !waiters.empty(); });
      AnswerWaiters(lock);
      if (entries.empty()) {
        if (stopping) return;
        // A waiter for what is not appended yet does not exist, so there is nothing left to do.
        continue;
      }
      WriteSome(lock);
    }
  }

  void WriteSome(std::unique_lock<std::mutex>& lock) {
    std::vector<StoreWrite> batch;
    bool sync = false;
    std::uint64_t upto = written;
    std::size_t bytes = 0;
    while (!entries.empty() && bytes < kBatchBytesMax) {
      Entry entry = std::move(entries.front());
      entries.pop_front();
      ++upto;
      sync = sync || entry.sync;
      for (const StoreWrite& write : entry.writes) bytes += write.key.size() + (write.value ? write.value->size() : 0);
      std::move(entry.writes.begin(), entry.writes.end(), std::back_inserter(batch));
    }
    const bool failed_before = !failure.ok();
    lock.unlock();
    Status status = failed_before ? Status::Ok() : store.Write(batch, sync);
    lock.lock();
    written = upto;
    if (!status.ok()) failure = std::move(status);
  }

  void AnswerWaiters(std::unique_lock<std::mutex>& lock) {
    std::vector<Written> ready;
    for (auto it = waiters.begin(); it != waiters.end();) {
      if (it->position > written && failure.ok()) {
        ++it;
        continue;
      }
      ready.push_back(std::move(it->callback));
      it = waiters.erase(it);
    }
    if (ready.empty()) return;
    const Status status = failure;
    lock.unlock();
    for (const Written& callback : ready) callback(status);
    lock.lock();
  }

  JobStore& store;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::deque<Entry> entries;    // not yet written
  std::uint64_t appended = 0;
  std::uint64_t written = 0;
  Status failure;
  std::deque<Waiter> waiters;
  std::thread thread;  // last: it uses all of the above
};

StoreWriter::StoreWriter(JobStore& store) : impl_(std::make_unique<Impl>(store)) {}

StoreWriter::~StoreWriter() {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_one();
  impl_->thread.join();
}

std::uint64_t StoreWriter::Append(std::vector<StoreWrite> writes, bool sync) {
  std::uint64_t position = 0;
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->entries.push_back({std::move(writes), sync});
    position = ++impl_->appended;
  }
  impl_->wake.notify_one();
  return position;
}

void StoreWriter::WhenWritten(std::uint64_t position, Written callback) {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->waiters.push_back({position, std::move(callback)});
  }
  impl_->wake.notify_one();
}

}  // namespace mrd::jobtracker
