#pragma once

#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mrd::net {

// One suspended coroutine, owned: destroying a Waiter that was never resumed destroys the coroutine. For sources only;
// headers that others read have Event and Gate. Not thread-safe.
class Waiter {
 public:
  Waiter() = default;
  Waiter(Waiter&& other) noexcept { *this = std::move(other); }
  Waiter& operator=(Waiter&& other) noexcept {
    if (this == &other) return *this;
    handler_.reset();
    // Handlers can be moved but not assigned.
    if (other.handler_) handler_.emplace(std::move(*other.handler_));
    other.handler_.reset();
    return *this;
  }

  bool waiting() const { return handler_.has_value(); }
  // Continues it on its executor, later. From any thread. REQUIRES: waiting().
  void Post() {
    Handler handler = Take();
    boost::asio::post(std::move(handler));
  }
  // Continues it here and now, within this call. REQUIRES: waiting(), on the coroutine's executor, and the coroutine is
  // not the caller.
  void Resume() {
    Handler handler = Take();
    handler();
  }

  // Suspends the calling coroutine and hands it to `keep`, a callable taking a Waiter, which must store or post it. It
  // runs when the coroutine is suspended already.
  template <typename Keep>
  static boost::asio::awaitable<void> Suspend(Keep keep) {
    auto initiation = [keep = std::move(keep)](Handler handler) mutable {
      Waiter waiter;
      waiter.handler_.emplace(std::move(handler));
      keep(std::move(waiter));
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(std::move(initiation),
                                                                                    boost::asio::use_awaitable);
  }

 private:
  using Handler = typename boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;

  Handler Take() {
    Handler handler = std::move(*handler_);
    handler_.reset();
    return handler;
  }

  std::optional<Handler> handler_;
};

}  // namespace mrd::net
