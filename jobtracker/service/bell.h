#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "common/net/stream.h"

namespace mrd::jobtracker {

// What coroutines wait for that may happen again and again: each goes on at the next ring, or when its time is up.
// Threads: one.
class Bell {
 public:
  Bell() = default;
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // Lets everybody go who waits now.
  void Ring();
  bool awaited() const { return !waiting_.empty(); }
  // A bell that is dropped while somebody waits lives until that wait ends.
  static net::awaitable<void> Wait(std::shared_ptr<Bell> bell, std::chrono::milliseconds at_most);

 private:
  class Place;
  std::vector<boost::asio::steady_timer*> waiting_;
};

}  // namespace mrd::jobtracker
