#include "common/net/deadline.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mrd::net {
namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT: operators only

awaitable<bool> EndsWithin(std::chrono::milliseconds timeout, std::function<awaitable<void>()> body) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, timeout);
  auto expiry = timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const auto first = co_await (body() || std::move(expiry));
  co_return first.index() == 0;
}

}  // namespace mrd::net
