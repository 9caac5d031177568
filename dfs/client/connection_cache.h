#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "dfs/client/buffered_stream.h"

namespace mrd::dfs::client {

// Idle connections to datanodes, for the next read from the same one. Datanodes close theirs after 4 s, so ours are used
// for less. One thread.
class ConnectionCache {
 public:
  ConnectionCache(Clock& clock, std::chrono::milliseconds expiry, std::size_t capacity)
      : clock_(clock), expiry_(expiry), capacity_(capacity) {}

  // The youngest one to `address` ("ip:port"), or null.
  std::unique_ptr<BufferedStream> Take(const std::string& address);
  // REQUIRES: an operation on it ended completely, in agreement of both sides.
  void Put(std::string address, std::unique_ptr<BufferedStream> stream);

 private:
  struct Entry {
    std::string address;
    std::int64_t put_ns = 0;
    std::unique_ptr<BufferedStream> stream;
  };
  void DropExpired();

  Clock& clock_;
  const std::chrono::nanoseconds expiry_;
  const std::size_t capacity_;
  std::list<Entry> entries_;  // youngest first
};

}  // namespace mrd::dfs::client
