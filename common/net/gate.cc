#include <cstddef>
#include <mutex>

#include "common/base/check.h"
#include "common/net/event.h"
#include "common/net/runtime.h"

namespace mrd::net {

struct Gate::Impl {
  std::mutex mutex;
  std::size_t inside = 0;  // guarded by mutex
  bool closed = false;     // guarded by mutex
  Event empty;             // set when closed and nobody is inside
};

Gate::Gate() : impl_(new Impl) {}
Gate::~Gate() = default;

bool Gate::Enter() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->closed) return false;
  ++impl_->inside;
  return true;
}

void Gate::Leave() {
  // Setting within the lock: whoever waits may destroy the gate only after taking the lock once more, in Close().
  const std::lock_guard lock(impl_->mutex);
  MRD_CHECK(impl_->inside > 0);
  if (--impl_->inside == 0 && impl_->closed) impl_->empty.Set();
}

awaitable<void> Gate::Close() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closed = true;
    if (impl_->inside == 0) impl_->empty.Set();
  }
  co_await impl_->empty.Wait();
  const std::lock_guard lock(impl_->mutex);  // Leave() has let go of it
}

}  // namespace mrd::net
