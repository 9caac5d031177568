#include "dfs/client/connection_cache.h"

#include <utility>

namespace mrd::dfs::client {

void ConnectionCache::DropExpired() {
  const std::int64_t now = clock_.MonotonicNanos();
  while (!entries_.empty() && now - entries_.back().put_ns >= expiry_.count()) entries_.pop_back();
}

std::unique_ptr<BufferedStream> ConnectionCache::Take(const std::string& address) {
  DropExpired();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->address != address) continue;
    std::unique_ptr<BufferedStream> stream = std::move(entry->stream);
    entries_.erase(entry);
    return stream;
  }
  return nullptr;
}

void ConnectionCache::Put(std::string address, std::unique_ptr<BufferedStream> stream) {
  if (capacity_ == 0 || expiry_.count() <= 0) return;
  DropExpired();
  if (entries_.size() >= capacity_) entries_.pop_back();
  entries_.push_front({std::move(address), clock_.MonotonicNanos(), std::move(stream)});
}

}  // namespace mrd::dfs::client
