#include "jobtracker/service/record_pipeline.h"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include <boost/asio/awaitable.hpp>

#include "common/net/runtime.h"

namespace mrd::jobtracker {
namespace {

// Writes only when it is let.
class GatedStore final : public JobStore {
 public:
  Status Write(std::span<const StoreWrite>, bool) override {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
    return fails_ ? IoError("full") : Status::Ok();
  }
  Status Scan(std::string_view, const Row&) override { return Status::Ok(); }
  Result<std::optional<std::string>> Get(const std::string&) override { return std::optional<std::string>(); }
  void Open(bool fails = false) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    fails_ = fails;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool fails_ = false;
};

class Fixture {
 public:
  Fixture() : runtime_("pipeline", 1) {
    OnCore([this] {
      RecordPipeline::Hooks hooks;
      hooks.on_durable = [this] { durable_seen_.push_back(pipeline_->durable()); };
      hooks.on_failure = [this](const Status& status) { failure_ = status; };
      pipeline_.emplace(writer_, runtime_.executor(), 10, std::move(hooks));
    });
  }
  ~Fixture() {
    store.Open();
    OnCore([this] { pipeline_->Close(); });
  }
  template <typename Work>
  void OnCore(Work work) {
    runtime_.Run<void>(runtime_.executor(), [&]() -> net::awaitable<void> {
      work();
      co_return;
    });
  }
  void Append(std::uint64_t number, bool sync) {
    OnCore([&] {
      std::vector<StoreWrite> writes;
      writes.push_back({"k", ""});
      pipeline_->Append(std::move(writes), number, sync);
    });
  }
  std::uint64_t durable() {
    std::uint64_t number = 0;
    OnCore([&] { number = pipeline_->durable(); });
    return number;
  }
  Status Settled() {
    std::function<net::awaitable<Status>()> wait = [this]() -> net::awaitable<Status> { co_return co_await pipeline_->Settled(); };
    return runtime_.Run<Status>(runtime_.executor(), std::move(wait));
  }
  Status Written() {
    std::function<net::awaitable<Status>()> wait = [this]() -> net::awaitable<Status> { co_return co_await pipeline_->Written(); };
    return runtime_.Run<Status>(runtime_.executor(), std::move(wait));
  }
  std::vector<std::uint64_t> durable_seen() {
    std::vector<std::uint64_t> seen;
    OnCore([&] { seen = durable_seen_; });
    return seen;
  }
  Status failure() {
    Status status;
    OnCore([&] { status = failure_; });
    return status;
  }

  GatedStore store;

 private:
  StoreWriter writer_{store};
  net::Runtime runtime_;
  std::optional<RecordPipeline> pipeline_;
  std::vector<std::uint64_t> durable_seen_;
  Status failure_;
};

}  // namespace

TEST_CASE("record pipeline: only what has to be flushed holds back what follows it", "[pipeline]") {
  Fixture fixture;
  CHECK(fixture.durable() == 10);
  fixture.Append(11, false);
  CHECK(fixture.durable() == 11);
  CHECK(fixture.Settled().ok());  // although nothing was written yet
  fixture.Append(13, true);
  fixture.Append(14, false);
  CHECK(fixture.durable() == 11);
  fixture.store.Open();
  CHECK(fixture.Settled().ok());
  CHECK(fixture.durable() == 14);
  CHECK_FALSE(fixture.durable_seen().empty());
  CHECK(fixture.durable_seen().back() == 14);
  fixture.Append(15, false);
  CHECK(fixture.Written().ok());
}

TEST_CASE("record pipeline: a failed write is told to those who wait and to the process", "[pipeline]") {
  Fixture fixture;
  fixture.store.Open(true);
  fixture.Append(11, true);
  CHECK(fixture.Settled().message() == "full");
  CHECK(fixture.failure().message() == "full");
  CHECK(fixture.Written().message() == "full");
  CHECK(fixture.durable() == 10);
}

}  // namespace mrd::jobtracker
