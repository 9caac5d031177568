#include "common/net/event.h"

#include <mutex>
#include <utility>
#include <vector>

#include "common/net/waiter.h"

namespace mrd::net {

struct Event::Impl {
  std::mutex mutex;
  bool set = false;             // guarded by mutex
  std::vector<Waiter> waiting;  // guarded by mutex
};

Event::Event() : impl_(new Impl) {}
Event::~Event() = default;

void Event::Set() {
  std::vector<Waiter> waiting;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->set = true;
    waiting.swap(impl_->waiting);
  }
  // From here on one of those may destroy the event.
  for (Waiter& waiter : waiting) waiter.Post();
}

void Event::Reset() {
  const std::lock_guard lock(impl_->mutex);
  impl_->set = false;
}

bool Event::is_set() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->set;
}

boost::asio::awaitable<void> Event::Wait() {
  if (is_set()) co_return;
  auto keep = [impl = impl_.get()](Waiter waiter) {
    {
      const std::lock_guard lock(impl->mutex);
      if (!impl->set) {
        impl->waiting.push_back(std::move(waiter));
        return;
      }
    }
    waiter.Post();  // it was set in between
  };
  co_await Waiter::Suspend(std::move(keep));
}

}  // namespace mrd::net
