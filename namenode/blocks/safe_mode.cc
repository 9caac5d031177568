#include "namenode/blocks/safe_mode.h"

#include <cmath>
#include <cstdio>

namespace mrd::namenode {

std::uint64_t SafeMode::needed() const {
  // Rounded up, and robust against 1000 * 0.999 being a little more than 999.
  const double blocks = std::ceil(static_cast<double>(counts_.total) * settings_.threshold - 1e-6);
  return blocks <= 0 ? 0 : static_cast<std::uint64_t>(blocks);
}

bool SafeMode::ThresholdsHold() const {
  return counts_.reported >= needed() && counts_.live_datanodes >= settings_.min_datanodes;
}

void SafeMode::StartUp(const Counts& counts, MonoMs now) {
  counts_ = counts;
  reached_ = false;
  // Nothing to wait for, as in a new file system: no extension either.
  startup_ = !ThresholdsHold();
  if (startup_) Update(counts, now);
}

void SafeMode::Update(const Counts& counts, MonoMs now) {
  counts_ = counts;
  if (!startup_) return;
  if (!ThresholdsHold()) {
    reached_ = false;
    return;
  }
  if (!reached_) {
    reached_ = true;
    reached_ms_ = now;
  }
  if (now - reached_ms_ >= settings_.extension_ms) startup_ = false;
}

void SafeMode::Enter() { manual_ = true; }

void SafeMode::Leave() { startup_ = manual_ = false; }

SafeMode::Why SafeMode::why() const {
  if (manual_) return Why::kManual;
  if (!startup_) return Why::kOff;
  if (counts_.reported < needed()) return Why::kBlocks;
  return counts_.live_datanodes < settings_.min_datanodes ? Why::kDatanodes : Why::kExtension;
}

std::string SafeMode::Tip(MonoMs now) const {
  if (!on()) return "";
  if (manual_) {
    return "It was turned on manually. Use \"hdfs dfsadmin -safemode leave\" to turn safe mode off.";
  }
  char threshold[32];
  std::snprintf(threshold, sizeof threshold, "%.4f", settings_.threshold);
  const std::string of_total =
      std::string(threshold) + " of total blocks " + std::to_string(counts_.total) + ". ";
  std::string text = "The reported blocks " + std::to_string(counts_.reported);
  if (counts_.reported < needed()) {
    text += " needs additional " + std::to_string(needed() - counts_.reported) + " blocks to reach the threshold ";
  } else {
    text += " has reached the threshold ";
  }
  text += of_total;
  const std::uint32_t live = counts_.live_datanodes;
  const std::uint32_t wanted = settings_.min_datanodes;
  if (wanted == 0) {
    text += "The minimum number of live datanodes is not required. ";
  } else if (live < wanted) {
    text += "The number of live datanodes " + std::to_string(live) + " needs an additional " +
            std::to_string(wanted - live) + " live datanodes to reach the minimum number " + std::to_string(wanted) +
            ". ";
  } else {
    text += "The number of live datanodes " + std::to_string(live) + " has reached the minimum number " +
            std::to_string(wanted) + ". ";
  }
  if (why() == Why::kExtension) {
    const MonoMs left = ends_ms() > now ? ends_ms() - now : 0;
    return text + "In safe mode extension. Safe mode will be turned off automatically in " +
           std::to_string((left + 999) / 1000) + " seconds.";
  }
  return text + "Safe mode will be turned off automatically once the thresholds have been reached.";
}

}  // namespace mrd::namenode
