#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mrd::dfs::client {

// The memory of a file's packets, used again once a packet has reached all its datanodes, so that a long file touches the
// same few buffers.
//
// Memory: at most kept_max buffers lie here, and all go with this. Threads: any.
class PacketBuffers {
 public:
  PacketBuffers(std::size_t buffer_bytes, std::size_t kept_max) : buffer_bytes_(buffer_bytes), kept_max_(kept_max) {}

  // buffer_bytes of undefined content.
  std::unique_ptr<char[]> Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<char[]> used = std::move(free_.back());
        free_.pop_back();
        return used;
      }
    }
    return std::make_unique_for_overwrite<char[]>(buffer_bytes_);
  }
  // Of what Take() gave.
  void Give(std::unique_ptr<char[]> buffer) {
    const std::lock_guard lock(mutex_);
    if (free_.size() < kept_max_) free_.push_back(std::move(buffer));
  }

 private:
  const std::size_t buffer_bytes_;
  const std::size_t kept_max_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> free_;
};

}  // namespace mrd::dfs::client
