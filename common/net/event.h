#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

namespace mrd::net {

// Something that happens once, or until Reset(). Coroutines wait for it; each continues on its own executor.
// Thread-safe. Destroying an event destroys the coroutines that wait for it.
class Event {
 public:
  Event();
  ~Event();

  // Lets everybody go who waits, and everybody who comes later.
  void Set();
  // Makes those who come later wait again.
  void Reset();
  bool is_set() const;
  // Returns at once when set. The event may be destroyed when it returns.
  boost::asio::awaitable<void> Wait();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrd::net
