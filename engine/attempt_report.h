#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "engine/counters.h"

namespace mrd::engine {

// What another thread learns of a running attempt beside its TaskProgress. Counters are the plugin's to write without
// locks, so the attempt's thread hands out copies, between two records, after it was asked.
// Threads: the attempt's own for Publish(), SetStatus() and Touch(); any for the rest.
class AttemptReport {
 public:
  void Ask() { asked_.store(true, std::memory_order_relaxed); }
  bool asked() const { return asked_.load(std::memory_order_relaxed); }
  void Publish(Counters counters) {
    asked_.store(false, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    counters_ = std::move(counters);
  }
  void SetStatus(std::string text) {
    Touch();
    const std::lock_guard lock(mutex_);
    status_ = std::move(text);
  }
  // The plugin says that it is alive.
  void Touch() { touches_.fetch_add(1, std::memory_order_relaxed); }

  std::uint64_t touches() const { return touches_.load(std::memory_order_relaxed); }
  std::string status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  // As last published.
  Counters counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  std::atomic<bool> asked_{false};
  std::atomic<std::uint64_t> touches_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::string status_;
  Counters counters_;
};

}  // namespace mrd::engine
