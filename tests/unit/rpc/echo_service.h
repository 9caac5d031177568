#pragma once

#include <atomic>
#include <chrono>
#include <new>
#include <string>
#include <vector>

#include "common/net/event.h"
#include "common/net/runtime.h"
#include "common/rpc/server.h"

namespace mrd::rpc {

// A service with one method per way in which a call can go.
class EchoService final : public Service {
 public:
  std::vector<std::string> protocols() const override { return {"test.Echo", "test.Other"}; }

  net::awaitable<Result<std::string>> Handle(const Call& call) override {
    ++calls;
    if (call.method == "echo") co_return std::string(call.request);
    if (call.method == "later") {  // comes back after a trip through the event loop
      (void)co_await net::SleepFor(std::chrono::milliseconds(1));
      co_return std::string(call.request);
    }
    if (call.method == "hold") {
      ++holding;
      co_await release.Wait();
      co_return std::string(call.request);
    }
    if (call.method == "big") co_return std::string(std::stoul(std::string(call.request)), 'b');
    if (call.method == "who") {
      co_return call.caller.user + "/" + call.caller.real_user + "/" + std::string(call.client_id) + "/" +
          std::to_string(call.call_id) + "/" + std::to_string(call.retry_count) + "/" + call.peer.ip;
    }
    if (call.method == "missing") co_return NotFound("File does not exist: /x");
    if (call.method == "tagged") co_return Unavailable("later").WithTag("org.example.Tagged");
    if (call.method == "throw") throw std::bad_alloc();
    if (call.method == "unreadable") co_return BadRequest(call);
    co_return NoSuchMethod(call);
  }

  std::atomic<int> calls = 0;
  std::atomic<int> holding = 0;
  net::Event release;
};

}  // namespace mrd::rpc
