#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tasktracker/views.h"

namespace mrd::test {

// What a tasktracker would show of attempts that nobody runs. Their logs are what lies below `log_dir`.
class InventedTracker final : public tasktracker::Views {
 public:
  InventedTracker(std::string log_dir, std::function<std::uint64_t()> now_ms);

  static constexpr const char* kRunningAttempt = "attempt_1709633520000_0007_m_000001_0";
  static constexpr const char* kEndedAttempt = "attempt_1709633520000_0007_m_000000_0";
  static constexpr const char* kOwner = "ann";

  net::awaitable<tasktracker::TrackerView> Snapshot() override;
  std::string LogDir(const std::string& attempt_id) const override;
  net::awaitable<std::string> OwnerOf(std::string job_id) override;

  bool running = true;  // the attempt kRunningAttempt

 private:
  const std::string log_dir_;
  const std::function<std::uint64_t()> now_ms_;
  const std::uint64_t start_ms_;
};

}  // namespace mrd::test
