#include "dfs/client/signal.h"

#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mrd::dfs::client {

namespace asio = boost::asio;

struct Signal::Impl {
  asio::any_io_executor executor;
  std::list<asio::steady_timer*> waiting;  // timers of suspended Wait calls, on their frames

  // Takes a timer off the list however its coroutine ends.
  struct Entry {
    Impl& impl;
    std::list<asio::steady_timer*>::iterator place;
    ~Entry() { impl.waiting.erase(place); }
  };
};

Signal::Signal(asio::any_io_executor executor) : impl_(std::make_shared<Impl>()) {
  impl_->executor = std::move(executor);
}
Signal::~Signal() = default;

net::awaitable<void> Signal::Wait() { return WaitFor(std::chrono::hours(24 * 365)); }

net::awaitable<void> Signal::WaitFor(std::chrono::milliseconds time) {
  const std::shared_ptr<Impl> impl = impl_;  // the owner may go while we sleep
  asio::steady_timer timer(impl->executor);
  timer.expires_after(time);
  impl->waiting.push_back(&timer);
  const Impl::Entry entry{*impl, std::prev(impl->waiting.end())};
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Signal::Notify() {
  for (asio::steady_timer* timer : impl_->waiting) timer->cancel();
}

void Signal::NotifyFromAnywhere(std::shared_ptr<void> self) {
  auto wake = [this, self = std::move(self)] { Notify(); };
  asio::post(impl_->executor, std::move(wake));
}

}  // namespace mrd::dfs::client
