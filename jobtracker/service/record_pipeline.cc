#include "jobtracker/service/record_pipeline.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>

namespace mrd::jobtracker {
namespace {

// A wait is only repeated after this time; what it waits for rings.
constexpr std::chrono::milliseconds kWaitAgain{60'000};

}  // namespace

RecordPipeline::RecordPipeline(StoreWriter& writer, boost::asio::any_io_executor core_executor, std::uint64_t last_number,
                               Hooks hooks)
    : writer_(writer),
      executor_(std::move(core_executor)),
      hooks_(std::move(hooks)),
      last_number_(last_number),
      moved_(std::make_shared<Bell>()),
      alive_(std::make_shared<bool>(true)) {}

RecordPipeline::~RecordPipeline() { *alive_ = false; }

void RecordPipeline::Append(std::vector<StoreWrite> writes, std::uint64_t last_number, bool sync) {
  appended_ = writer_.Append(std::move(writes), sync);
  if (sync) pending_syncs_.push_back({appended_, last_number_});
  last_number_ = std::max(last_number_, last_number);
  if (!watching_) Watch();
}

net::awaitable<Status> RecordPipeline::Settled() {
  const std::uint64_t position = settled() ? 0 : pending_syncs_.back().position;
  co_return co_await Reach(position);
}

net::awaitable<Status> RecordPipeline::Written() { co_return co_await Reach(appended_); }

net::awaitable<Status> RecordPipeline::Reach(std::uint64_t position) {
  while (failure_.ok() && written_ < position) co_await Bell::Wait(moved_, kWaitAgain);
  co_return failure_;
}

void RecordPipeline::Watch() {
  watching_ = true;
  const std::uint64_t position = appended_;
  writer_.WhenWritten(position, [this, position, alive = alive_, executor = executor_](Status status) {
    boost::asio::post(executor, [this, position, alive, status = std::move(status)] {
      if (*alive) OnWritten(position, status);
    });
  });
}

void RecordPipeline::OnWritten(std::uint64_t position, const Status& status) {
  watching_ = false;
  if (!status.ok()) {
    if (failure_.ok()) {
      failure_ = status;
      hooks_.on_failure(status);
    }
    moved_->Ring();
    return;
  }
  written_ = std::max(written_, position);
  const std::size_t pending = pending_syncs_.size();
  while (!pending_syncs_.empty() && pending_syncs_.front().position <= written_) pending_syncs_.pop_front();
  moved_->Ring();
  if (pending_syncs_.size() < pending) hooks_.on_durable();
  if (written_ < appended_) Watch();
}

}  // namespace mrd::jobtracker
