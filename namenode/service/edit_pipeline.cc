#include "namenode/service/edit_pipeline.h"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>

#include "common/net/waiter.h"

namespace mrd::namenode {

struct EditPipeline::Waiting {
  TxId id;
  net::Waiter waiter;
  Status status;
};

EditPipeline::EditPipeline(Core& core,
                           EditJournal& journal,
                           boost::asio::any_io_executor core_executor,
                           CrashPoints& crash_points)
    : core_(core),
      journal_(journal),
      executor_(std::move(core_executor)),
      crash_points_(crash_points),
      last_(journal.durable()),
      durable_(journal.durable()),
      alive_(std::make_shared<bool>(true)) {}

EditPipeline::~EditPipeline() { *alive_ = false; }

TxId EditPipeline::Commit(const Origin& origin, std::int64_t now_ms) {
  if (core_.state().sink.empty()) return TxId{};
  Edit edit;
  edit.operation = origin.operation;
  edit.time_ms = now_ms;
  if (!origin.client_id.empty() && origin.call_id >= 0) {
    edit.client_id = origin.client_id;
    edit.call_id = origin.call_id;
    edit.reply = origin.reply;
  }
  edit.mutations = core_.state().sink.Take();
  crash_points_.Pass("edit.before_append");
  last_ = journal_.Append(std::move(edit));
  return last_;
}

net::awaitable<Status> EditPipeline::Durable(TxId id) {
  if (id.value == 0 || id <= durable_) co_return Status::Ok();
  auto owned = std::make_unique<Waiting>();
  owned->id = id;
  Waiting* const waiting = owned.get();
  // Nearly always the newest; a wait for an older edit goes to its place.
  auto place = waiting_.end();
  while (place != waiting_.begin() && id < (*std::prev(place))->id) --place;
  waiting_.insert(place, std::move(owned));
  auto keep = [this, waiting](net::Waiter waiter) {
    waiting->waiter = std::move(waiter);
    if (!watching_) Watch();
  };
  // The entry leaves the queue before the coroutine goes on, and is given to it.
  co_await net::Waiter::Suspend(std::move(keep));
  const std::unique_ptr<Waiting> mine(waiting);
  co_return mine->status;
}

void EditPipeline::Watch() {
  watching_ = true;
  const TxId upto = last_;
  journal_.WhenDurable(upto, [this, upto, alive = alive_, executor = executor_](Status status) {
    boost::asio::post(executor, [this, upto, alive, status = std::move(status)] {
      if (*alive) OnAnswer(upto, status);
    });
  });
}

void EditPipeline::OnAnswer(TxId upto, const Status& status) {
  watching_ = false;
  crash_points_.Pass("reply.before_send");
  if (status.ok()) durable_ = std::max({durable_, upto, journal_.durable()});
  const TxId answered = status.ok() ? durable_ : upto;
  while (!waiting_.empty() && waiting_.front()->id <= answered) {
    Waiting* const waiting = waiting_.front().release();
    waiting_.pop_front();
    waiting->status = status;
    waiting->waiter.Post();
  }
  if (!waiting_.empty()) Watch();
}

}  // namespace mrd::namenode
