#include "jobtracker/journal/store_writer.h"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

namespace mrd::jobtracker {
namespace {

// Remembers its batches, and can be held up or made to fail.
class FakeStore final : public JobStore {
 public:
  struct Batch {
    std::vector<std::string> keys;
    bool sync = false;
  };
  Status Write(std::span<const StoreWrite> writes, bool sync) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++entered_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    Batch batch;
    batch.sync = sync;
    for (const StoreWrite& write : writes) batch.keys.push_back(write.key);
    batches_.push_back(std::move(batch));
    return fails_ ? IoError("the disk is gone") : Status::Ok();
  }
  Status Scan(std::string_view, const Row&) override { return Status::Ok(); }
  Result<std::optional<std::string>> Get(const std::string&) override { return std::optional<std::string>(); }

  void Hold() { Set(&held_, true); }
  void Release() { Set(&held_, false); }
  void Fail() { Set(&fails_, true); }
  void WaitEntered(int times) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return entered_ >= times; });
  }
  std::vector<Batch> batches() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return batches_;
  }

 private:
  void Set(bool* flag, bool value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    *flag = value;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool fails_ = false;
  int entered_ = 0;
  std::vector<Batch> batches_;
};

std::vector<StoreWrite> One(std::string key) {
  std::vector<StoreWrite> writes;
  writes.push_back({std::move(key), ""});
  return writes;
}

Status WaitFor(StoreWriter& writer, std::uint64_t position) {
  std::promise<Status> promise;
  writer.WhenWritten(position, [&](Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

}  // namespace

TEST_CASE("store writer: what waits is written in order, in one batch, flushed if any of it asks", "[journal]") {
  FakeStore store;
  StoreWriter writer(store);
  store.Hold();
  writer.Append(One("a"), false);
  store.WaitEntered(1);
  writer.Append(One("b"), false);
  writer.Append(One("c"), true);
  const std::uint64_t last = writer.Append(One("d"), false);
  store.Release();
  REQUIRE(WaitFor(writer, last).ok());
  const std::vector<FakeStore::Batch> batches = store.batches();
  REQUIRE(batches.size() == 2);
  CHECK(batches[0].keys == std::vector<std::string>{"a"});
  CHECK_FALSE(batches[0].sync);
  CHECK(batches[1].keys == std::vector<std::string>{"b", "c", "d"});
  CHECK(batches[1].sync);
}

TEST_CASE("store writer: an answer comes after the write it is for, and at once when that is done", "[journal]") {
  FakeStore store;
  StoreWriter writer(store);
  store.Hold();
  const std::uint64_t first = writer.Append(One("a"), true);
  std::promise<void> answered;
  writer.WhenWritten(first, [&](const Status&) { answered.set_value(); });
  store.WaitEntered(1);
  std::future<void> future = answered.get_future();
  CHECK(future.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout);
  store.Release();
  future.get();
  CHECK(WaitFor(writer, first).ok());
}

TEST_CASE("store writer: nothing is written after a failure, and everybody is told", "[journal]") {
  FakeStore store;
  StoreWriter writer(store);
  store.Fail();
  const std::uint64_t first = writer.Append(One("a"), true);
  CHECK(WaitFor(writer, first).message() == "the disk is gone");
  const std::uint64_t second = writer.Append(One("b"), true);
  CHECK(WaitFor(writer, second).message() == "the disk is gone");
  CHECK(store.batches().size() == 1);
}

TEST_CASE("store writer: its end writes what waits", "[journal]") {
  FakeStore store;
  {
    StoreWriter writer(store);
    for (int i = 0; i < 100; ++i) writer.Append(One(std::to_string(i)), false);
  }
  std::size_t keys = 0;
  for (const FakeStore::Batch& batch : store.batches()) keys += batch.keys.size();
  CHECK(keys == 100);
}

}  // namespace mrd::jobtracker
