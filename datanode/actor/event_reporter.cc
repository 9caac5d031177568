#include "datanode/actor/event_reporter.h"

#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::datanode {
namespace {

// Longest sleep at once, so that stopping does not wait.
constexpr std::chrono::milliseconds kNap{50};
constexpr std::size_t kBatchMax = 2'000;
// Waiting events beyond this come with the next full report instead: a datanode may be without its namenode for long.
constexpr std::size_t kQueueMax = 1'000'000;

}  // namespace

EventReporter::EventReporter(net::Runtime& runtime, ProtoCaller& namenode, Logger log, const ActorOptions& options)
    : runtime_(runtime), namenode_(namenode), log_(std::move(log)), options_(options) {}

std::shared_ptr<net::Event> EventReporter::Add(Entry entry, bool wake) {
  std::shared_ptr<net::Event> told;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kQueueMax || stopping_) return nullptr;
    // Without a registration, or after a failure, nobody knows when the next call will be.
    if (wake && registered_ && !failing_) told = entry.told = std::make_shared<net::Event>();
    queue_.push_back(std::move(entry));
  }
  if (wake) wake_.Set();
  return told;
}

void EventReporter::Receiving(const dfs::Block& block, const std::string& storage_id) {
  Entry entry;
  entry.kind = Entry::Kind::kReceiving;
  entry.block.block = block;
  entry.storage_id = storage_id;
  (void)Add(std::move(entry), false);
}

net::awaitable<void> EventReporter::Received(dfs::Block block, std::string storage_id, std::string delete_hint) {
  Entry entry;
  entry.kind = Entry::Kind::kReceived;
  entry.block.block = block;
  entry.storage_id = std::move(storage_id);
  entry.delete_hint = std::move(delete_hint);
  const std::shared_ptr<net::Event> told = Add(std::move(entry), true);
  if (told != nullptr) co_await told->Wait();
}

void EventReporter::Deleted(const dfs::Block& block, const std::string& storage_id) {
  Entry entry;
  entry.kind = Entry::Kind::kDeleted;
  entry.block.block = block;
  entry.storage_id = storage_id;
  (void)Add(std::move(entry), false);
}

void EventReporter::Corrupt(const dfs::ExtendedBlock& block, const std::string& storage_id) {
  log_.Warn("replica is corrupt block=" + ToString(block.block) + " storage=" + storage_id);
  Entry entry;
  entry.kind = Entry::Kind::kCorrupt;
  entry.block = block;
  entry.storage_id = storage_id;
  (void)Add(std::move(entry), true);
}

net::awaitable<void> EventReporter::Start() {
  {
    const std::lock_guard lock(mutex_);
    started_ = true;
  }
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  std::function<net::awaitable<void>()> body = [this] { return SendLoop(); };
  runtime_.Spawn(executor, std::move(body));
}

net::awaitable<void> EventReporter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (!started_) co_return;
  }
  wake_.Set();
  co_await stopped_.Wait();
}

void EventReporter::Registered(RegistrationTicket ticket) {
  {
    const std::lock_guard lock(mutex_);
    ticket_ = std::move(ticket);
    registered_ = true;
    refused_ = false;
  }
  wake_.Set();
}

void EventReporter::Unregistered() {
  std::vector<Entry> waiting;
  {
    const std::lock_guard lock(mutex_);
    registered_ = false;
    refused_ = false;
    for (Entry& entry : queue_) {
      if (entry.told != nullptr) waiting.push_back(entry);
      entry.told = nullptr;
    }
  }
  LetGo(waiting);
}

void EventReporter::Flush() { wake_.Set(); }

bool EventReporter::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

std::size_t EventReporter::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void EventReporter::LetGo(const std::vector<Entry>& batch) {
  for (const Entry& entry : batch) {
    if (entry.told != nullptr) entry.told->Set();
  }
}

net::awaitable<void> EventReporter::SendLoop() {
  std::chrono::milliseconds pause = options_.retry_first;
  for (;;) {
    std::vector<Entry> batch;
    bool stopping = false;
    wake_.Reset();
    {
      const std::lock_guard lock(mutex_);
      stopping = stopping_;
      if (registered_ && !stopping_) {
        const std::size_t count = std::min(queue_.size(), kBatchMax);
        batch.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
      }
    }
    if (stopping) break;
    if (batch.empty()) {
      co_await wake_.Wait();
      continue;
    }
    const Status sent = co_await Send(batch);
    LetGo(batch);
    if (sent.ok()) {
      const std::lock_guard lock(mutex_);
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
      pause = options_.retry_first;
      failing_ = false;
      continue;
    }
    bool first = false;
    std::vector<Entry> late;  // came during the call
    {
      const std::lock_guard lock(mutex_);
      first = !std::exchange(failing_, true);
      for (std::size_t i = batch.size(); i < queue_.size(); ++i) {
        if (queue_[i].told != nullptr) late.push_back(queue_[i]);
      }
      for (Entry& entry : queue_) entry.told = nullptr;
      if (sent.tag() == dfs::java::kUnregisteredNode) {
        refused_ = true;
        registered_ = false;
      }
    }
    LetGo(late);
    if (first) {
      log_.Warn("namenode " + namenode_.address() + " was not told of " + std::to_string(batch.size()) +
                " block events, which are sent again until it is: " + sent.message());
    }
    co_await Pause(pause);
    pause = std::min(pause * 2, options_.retry_most);
  }
  Unregistered();
  stopped_.Set();
}

net::awaitable<void> EventReporter::Pause(std::chrono::milliseconds time) {
  for (; time.count() > 0; time -= kNap) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) co_return;
    }
    (void)co_await net::SleepFor(std::min(time, kNap));
  }
}

net::awaitable<Status> EventReporter::Send(const std::vector<Entry>& batch) {
  dfs::proto::BlockReceivedAndDeletedRequestProto events;
  dfs::proto::ReportBadBlocksRequestProto bad;
  {
    const std::lock_guard lock(mutex_);
    events.set_datanodeuuid(ticket_.datanode_uuid);
    events.set_registrationepoch(ticket_.epoch);
    bad.set_datanodeuuid(ticket_.datanode_uuid);
  }
  for (const Entry& entry : batch) {
    if (entry.kind == Entry::Kind::kCorrupt) {
      auto* const block = bad.add_blocks();
      dfs::wire::ToProto(entry.block, block->mutable_block());
      block->set_storageuuid(entry.storage_id);
      continue;
    }
    auto* const event = events.add_events();
    event->set_storageuuid(entry.storage_id);
    dfs::wire::ToProto(entry.block.block, event->mutable_block());
    event->set_kind(entry.kind == Entry::Kind::kReceived  ? dfs::proto::BlockEventProto::RECEIVED
                    : entry.kind == Entry::Kind::kDeleted ? dfs::proto::BlockEventProto::DELETED
                                                          : dfs::proto::BlockEventProto::RECEIVING);
    if (!entry.delete_hint.empty()) event->set_deletehint(entry.delete_hint);
  }
  if (events.events_size() > 0) {
    dfs::proto::BlockReceivedAndDeletedResponseProto response;
    Status told = co_await namenode_.Call("blockReceivedAndDeleted", events, response, options_.received_timeout);
    if (!told.ok()) co_return told;
  }
  if (bad.blocks_size() > 0) {
    dfs::proto::ReportBadBlocksResponseProto response;
    Status told = co_await namenode_.Call("reportBadBlocks", bad, response, options_.received_timeout);
    if (!told.ok()) co_return told;
  }
  co_return Status::Ok();
}

}  // namespace mrd::datanode
