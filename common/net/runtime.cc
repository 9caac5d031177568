#include "common/net/runtime.h"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <thread>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/base/check.h"
#include "common/net/socket_listener.h"
#include "common/net/thread_name.h"

namespace mrd::net {
namespace asio = boost::asio;

void NameThisThread(const std::string& name) { ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str()); }

namespace {

std::string TextOf(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "not a std::exception";
  }
}

// An exception at the root of a coroutine is our own mistake: nobody is left who could handle it.
[[noreturn]] void Die(const std::string& runtime, const std::string& what) {
  std::fprintf(stderr, "runtime %s: a coroutine ended by an exception: %s\n", runtime.c_str(), what.c_str());
  std::abort();
}

}  // namespace

struct Runtime::Impl {
  Impl(std::string runtime_name, std::size_t thread_count)
      : name(std::move(runtime_name)),
        context(static_cast<int>(thread_count)),
        work(asio::make_work_guard(context)),
        single(thread_count == 1) {}

  const std::string name;
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  const bool single;
  std::vector<std::thread> threads;
};

Runtime::Runtime(std::string name, std::size_t threads) : impl_(new Impl(std::move(name), threads)) {
  MRD_CHECK(threads >= 1);
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get(), i] {
      NameThisThread(impl->name + "-" + std::to_string(i));
      impl->context.run();
    });
  }
}

Runtime::~Runtime() { StandStill(); }

void Runtime::StandStill() {
  impl_->context.stop();
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

asio::any_io_executor Runtime::executor() const { return impl_->context.get_executor(); }

asio::any_io_executor Runtime::NewStrand() const {
  if (impl_->single) return executor();
  return asio::make_strand(impl_->context);
}

void Runtime::Spawn(asio::any_io_executor executor, std::function<awaitable<void>()> coroutine) {
  asio::co_spawn(executor, std::move(coroutine), [name = impl_->name](const std::exception_ptr& exception) {
    if (exception) Die(name, TextOf(exception));
  });
}

void Runtime::RunBlocking(asio::any_io_executor executor, std::function<awaitable<void>()> coroutine) {
  std::promise<void> done;
  asio::co_spawn(executor, std::move(coroutine), [&](const std::exception_ptr& exception) {
    if (exception) Die(impl_->name, TextOf(exception));
    done.set_value();
  });
  done.get_future().wait();
}

Result<std::unique_ptr<Listener>> Runtime::Listen(const std::string& ip, std::uint16_t port) {
  return ListenTcp(executor(), [this] { return NewStrand(); }, ip, port);
}

Result<std::unique_ptr<Listener>> Runtime::ListenUnix(const std::string& path) {
  return net::ListenUnix(executor(), [this] { return NewStrand(); }, path);
}

awaitable<Status> SleepFor(std::chrono::milliseconds time) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (error) co_return Cancelled("sleep");
  co_return Status::Ok();
}

}  // namespace mrd::net
