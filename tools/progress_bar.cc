#include "tools/progress_bar.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/base/human.h"
#include "tools/console.h"

namespace mrd::tools {
namespace {

using Stage = engine::JobProgress::Stage;

const char* StageName(Stage stage) {
  switch (stage) {
    case Stage::kPlanning:
      return "plan  ";
    case Stage::kMap:
      return "map   ";
    case Stage::kReduce:
      return "reduce";
    case Stage::kCommit:
      return "commit";
    case Stage::kDone:
      return "done  ";
  }
  return "";
}

double StageFraction(const engine::JobProgress& progress) {
  switch (progress.stage) {
    case Stage::kPlanning:
      return 0;
    case Stage::kMap:
      return progress.map_fraction;
    case Stage::kReduce:
      return progress.reduce_fraction;
    case Stage::kCommit:
    case Stage::kDone:
      return 1;
  }
  return 0;
}

std::string Duration(double seconds) {
  const auto whole = static_cast<long>(std::min(seconds, 359999.0) + 0.5);
  std::array<char, 32> text;
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%ld:%02ld", whole / 60, whole % 60);
  }
  return text.data();
}

}  // namespace

void ProgressBar::Restart(const engine::JobProgress& progress, Instant now) {
  started_ = true;
  stage_ = progress.stage;
  stage_start_ = sampled_ = now;
  sampled_records_ = progress.records;
  sampled_bytes_ = progress.bytes;
  sampled_fraction_ = StageFraction(progress);
  records_per_second_ = bytes_per_second_ = fraction_per_second_ = 0;
}

void ProgressBar::UpdateRates(const engine::JobProgress& progress, double fraction, Instant now) {
  constexpr double kSampleSeconds = 0.5;
  constexpr double kWeight = 0.4;  // of the newest sample
  const double elapsed = std::chrono::duration<double>(now - sampled_).count();
  if (elapsed < kSampleSeconds) return;
  const bool first = records_per_second_ == 0 && bytes_per_second_ == 0 && fraction_per_second_ == 0;
  const auto blend = [&](double& rate, double change) {
    const double newest = std::max(change, 0.0) / elapsed;
    rate = first ? newest : kWeight * newest + (1 - kWeight) * rate;
  };
  blend(records_per_second_, static_cast<double>(progress.records) - static_cast<double>(sampled_records_));
  blend(bytes_per_second_, static_cast<double>(progress.bytes) - static_cast<double>(sampled_bytes_));
  blend(fraction_per_second_, fraction - sampled_fraction_);
  sampled_ = now;
  sampled_records_ = progress.records;
  sampled_bytes_ = progress.bytes;
  sampled_fraction_ = fraction;
}

std::string ProgressBar::Line(const engine::JobProgress& progress, Instant now, int columns) {
  if (!started_ || progress.stage != stage_) Restart(progress, now);
  const double fraction = std::clamp(StageFraction(progress), 0.0, 1.0);
  UpdateRates(progress, fraction, now);

  std::array<char, 16> percent;
  std::snprintf(percent.data(), percent.size(), "%3d%%", static_cast<int>(fraction * 100));
  const std::string left = fraction_per_second_ > 0 ? Duration((1 - fraction) / fraction_per_second_) : "-:--";
  const std::string tail = std::string(" ") + percent.data() + "  " + HumanCount(records_per_second_) +
                           " records/s  " + HumanBytes(static_cast<std::uint64_t>(bytes_per_second_)) + "/s  " + left +
                           " left";
  const std::string head = StageName(progress.stage) + std::string(" ");

  // What does not fit goes: first the bar, then the end of the text. The last column stays free, since a terminal may
  // wrap when it is written to.
  const auto width = static_cast<std::size_t>(std::max(columns - 1, 10));
  constexpr std::size_t kBarMin = 5;
  constexpr std::size_t kBarMax = 40;
  std::string bar;
  const std::size_t used = head.size() + tail.size() + 2;
  if (used + kBarMin <= width) {
    const std::size_t cells = std::min(width - used, kBarMax);
    const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(cells));
    bar = "[" + std::string(filled, '#') + std::string(cells - filled, '.') + "]";
  }
  std::string line = head + bar + tail;
  if (line.size() > width) line.resize(width);
  return line;
}

}  // namespace mrd::tools
