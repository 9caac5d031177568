#include "jobtracker/service/bell.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mrd::jobtracker {

namespace asio = boost::asio;

// A waiting coroutine may also be destroyed: then nobody must ring for it any more.
class Bell::Place {
 public:
  Place(Bell& bell, asio::steady_timer& timer) : bell_(bell), timer_(timer) { bell_.waiting_.push_back(&timer_); }
  ~Place() { std::erase(bell_.waiting_, &timer_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Bell& bell_;
  asio::steady_timer& timer_;
};

void Bell::Ring() {
  std::vector<asio::steady_timer*> waiting;
  waiting.swap(waiting_);
  for (asio::steady_timer* const timer : waiting) timer->cancel();
}

net::awaitable<void> Bell::Wait(std::shared_ptr<Bell> bell, std::chrono::milliseconds at_most) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, at_most);
  const Place place(*bell, timer);
  (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace mrd::jobtracker
