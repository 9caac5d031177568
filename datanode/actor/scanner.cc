#include "datanode/actor/scanner.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "datanode/actor/replica_check.h"

namespace mrd::datanode {
namespace {

// Longest sleep at once, so that stopping does not wait for the rest of a period.
constexpr std::chrono::milliseconds kNap{200};

}  // namespace

net::awaitable<void> Scanner::Start() {
  if (options_.bytes_per_second == 0) co_return;
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  for (const std::unique_ptr<Volume>& volume : context_.store.volumes()) {
    if (!gate_.Enter()) co_return;
    std::function<net::awaitable<void>()> body = [this, scanned = volume.get()] { return ScanVolume(scanned); };
    context_.runtime.Spawn(executor, std::move(body));
  }
}

net::awaitable<void> Scanner::Stop() {
  stopping_ = true;
  co_await gate_.Close();
}

net::awaitable<void> Scanner::Pause(std::chrono::milliseconds time) {
  while (!stopping_ && time.count() > 0) {
    const std::chrono::milliseconds nap = std::min(time, kNap);
    (void)co_await net::SleepFor(nap);
    time -= nap;
  }
}

net::awaitable<void> Scanner::ScanVolume(const Volume* volume) {
  while (!stopping_ && !context_.store.identity()) co_await Pause(kNap);  // a new datanode has joined nobody yet
  const std::string pool = stopping_ ? std::string() : context_.store.identity()->pool_id;
  dfs::BlockId cursor{INT64_MIN};
  std::int64_t round_began_ns = context_.clock.MonotonicNanos();
  while (!stopping_ && !volume->failed()) {
    const std::optional<dfs::Block> next = context_.store.NextFinalized(*volume, cursor);
    if (!next) {
      const auto took = std::chrono::nanoseconds(context_.clock.MonotonicNanos() - round_began_ns);
      co_await Pause(options_.period - std::chrono::duration_cast<std::chrono::milliseconds>(took));
      // A volume without replicas makes short rounds.
      co_await Pause(kNap);
      cursor = dfs::BlockId{INT64_MIN};
      round_began_ns = context_.clock.MonotonicNanos();
      continue;
    }
    cursor = next->id;
    const dfs::ExtendedBlock block{pool, *next};
    const Status checked = co_await CheckReplica(context_, block, options_.bytes_per_second);
    if (!checked.ok()) context_.log.Warn("scan: " + checked.message());
  }
  gate_.Leave();
}

}  // namespace mrd::datanode
