#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::net {

// Runs `body` to its end, or cancels it after `timeout`. True when it ended in time. A cancelled body is left at its next
// wait, or the one it is in, by kCancelled or by an exception, and has ended when this returns; waits that cannot be
// cancelled, such as for a BlockingPool, are waited for. `body` may refer to the caller's locals.
awaitable<bool> EndsWithin(std::chrono::milliseconds timeout, std::function<awaitable<void>()> body);

// The result of `operation` (Status or Result<T>), or kDeadlineExceeded with "what: not done within 500 ms".
template <typename T>
awaitable<T> WithDeadline(std::chrono::milliseconds timeout, std::string what, std::function<awaitable<T>()> operation) {
  std::optional<T> result;
  std::function<awaitable<void>()> body = [&]() -> awaitable<void> {
    T value = co_await operation();
    result.emplace(std::move(value));
  };
  const bool ended = co_await EndsWithin(timeout, std::move(body));
  if (!ended || !result) {
    co_return Status(Code::kDeadlineExceeded, what + ": not done within " + std::to_string(timeout.count()) + " ms");
  }
  co_return std::move(*result);
}

}  // namespace mrd::net
