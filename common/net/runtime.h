#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::net {

// The I/O threads of a process: an io_context and the threads that run it. One per process, made in main; tests make
// several. Coroutines are started with Spawn(); what they share is protected by strands, or by there being one thread.
class Runtime {
 public:
  // `threads` >= 1. Threads start at once and are named `name`-0, ….
  Runtime(std::string name, std::size_t threads);
  // Stops: pending work is dropped, coroutines that wait are destroyed. Call after every service has stopped.
  ~Runtime();
  // Ends the threads, as the destructor does first; nothing runs from then on, and what waits is destroyed with the
  // runtime. For owners of executors that must go before the runtime although others use them until it stands still.
  void StandStill();

  boost::asio::any_io_executor executor() const;
  // A new strand on this runtime; with one thread, which is a strand already, the same as executor().
  boost::asio::any_io_executor NewStrand() const;
  // Runs a coroutine to its end in the background; an exception that leaves it ends the process with its text.
  void Spawn(boost::asio::any_io_executor executor, std::function<awaitable<void>()> coroutine);
  // Runs a coroutine on `executor` and blocks the calling thread, which must be none of this runtime's, for its result.
  template <typename T>
  T Run(boost::asio::any_io_executor executor, std::function<awaitable<T>()> coroutine);

  // TCP; a numeric address or a name of this host. Port 0 takes a free one. kAlreadyExists naming the address when the
  // port is taken.
  Result<std::unique_ptr<Listener>> Listen(const std::string& ip, std::uint16_t port);
  // A Unix stream socket at `path` (an old socket file there is replaced).
  Result<std::unique_ptr<Listener>> ListenUnix(const std::string& path);

 private:
  struct Impl;
  void RunBlocking(boost::asio::any_io_executor executor, std::function<awaitable<void>()> coroutine);
  std::unique_ptr<Impl> impl_;
};

// Threads for calls that block: one pool per disk volume, one for metadata. Bounded: Run() waits for its turn.
class BlockingPool {
 public:
  BlockingPool(std::string name, std::size_t threads);
  ~BlockingPool();  // finishes what was begun

  // Runs `work` on a thread of the pool and continues on the caller's executor with its result (not void). `work` may
  // refer to the caller's locals: the caller waits. It must not throw.
  template <typename Work>
  auto Run(Work&& work) -> awaitable<std::invoke_result_t<Work&>>;
  // Runs `work` some time later; nobody waits.
  void Post(std::function<void()> work);
  std::size_t queued() const;

 private:
  awaitable<void> RunErased(std::function<void()> work);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Waits for this long; kCancelled when the waiting coroutine is cancelled.
awaitable<Status> SleepFor(std::chrono::milliseconds time);

// Counts sessions in flight, so that a service can wait for them when it stops. Thread-safe.
class Gate {
 public:
  Gate();
  ~Gate();
  // False once closed: do not begin.
  bool Enter();
  void Leave();
  // Refuses new entries and waits for those inside. The gate may be destroyed when it returns.
  awaitable<void> Close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

template <typename T>
T Runtime::Run(boost::asio::any_io_executor executor, std::function<awaitable<T>()> coroutine) {
  if constexpr (std::is_void_v<T>) {
    RunBlocking(std::move(executor), std::move(coroutine));
  } else {
    std::unique_ptr<T> result;
    // Named first: inline lambdas with captures inside an expression with co_await miscompile (g++ 12).
    auto body = [&]() -> awaitable<void> {
      T value = co_await coroutine();
      result = std::make_unique<T>(std::move(value));
    };
    RunBlocking(std::move(executor), body);
    return std::move(*result);
  }
}

template <typename Work>
auto BlockingPool::Run(Work&& work) -> awaitable<std::invoke_result_t<Work&>> {
  using T = std::invoke_result_t<Work&>;
  std::unique_ptr<T> result;
  std::function<void()> body = [&] { result = std::make_unique<T>(work()); };
  co_await RunErased(std::move(body));
  co_return std::move(*result);
}

}  // namespace mrd::net
