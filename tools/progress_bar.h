#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "engine/monitor.h"

namespace mrd::tools {

// The text of the live line on a terminal: stage, percent bar, records and bytes per second, time left. Pure: time is
// given, drawing is somebody else's. Rates are of the last seconds, so that they follow the stage.
class ProgressBar {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // The line for this progress, at most `columns` - 1 wide, without line end.
  std::string Line(const engine::JobProgress& progress, Instant now, int columns);

 private:
  void Restart(const engine::JobProgress& progress, Instant now);
  void UpdateRates(const engine::JobProgress& progress, double fraction, Instant now);

  engine::JobProgress::Stage stage_ = engine::JobProgress::Stage::kPlanning;
  bool started_ = false;
  Instant stage_start_;
  Instant sampled_;
  std::uint64_t sampled_records_ = 0;
  std::uint64_t sampled_bytes_ = 0;
  double sampled_fraction_ = 0;
  double records_per_second_ = 0;
  double bytes_per_second_ = 0;
  double fraction_per_second_ = 0;
};

}  // namespace mrd::tools
