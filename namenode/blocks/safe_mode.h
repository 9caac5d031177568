#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "namenode/blocks/types.h"

namespace mrd::namenode {

// Whether the namenode refuses changes: after a start until enough blocks are reported, or because somebody said so.
// Compatible with HDFS's: thresholds on blocks and on datanodes, an extension after both hold, a manual switch that
// only a manual one ends.
class SafeMode {
 public:
  struct Settings {
    double threshold = 0.999;
    std::uint32_t min_datanodes = 0;
    MonoMs extension_ms = 30'000;
  };
  enum class Why : std::uint8_t { kOff, kBlocks, kDatanodes, kExtension, kManual };

  // What the state is judged by; kept up to date by the owner.
  struct Counts {
    std::uint64_t total = 0;     // complete blocks
    std::uint64_t reported = 0;  // those with at least the minimal number of good replicas
    std::uint32_t live_datanodes = 0;
  };

  // Begins off. The namenode calls StartUp() once the blocks are loaded.
  explicit SafeMode(const Settings& settings) : settings_(settings) {}

  void StartUp(const Counts& counts, MonoMs now);
  // Looks at the counts again; leaves the start-up mode when its conditions held for the extension.
  void Update(const Counts& counts, MonoMs now);
  void Enter();  // by hand
  void Leave();  // by hand; ends both kinds

  bool on() const { return startup_ || manual_; }
  bool in_startup() const { return startup_; }
  Why why() const;
  // Blocks that must be reported before it ends.
  std::uint64_t needed() const;
  // Complete blocks of which a replica is still awaited.
  std::uint64_t awaited() const { return counts_.total - std::min(counts_.reported, counts_.total); }
  // When the extension ends; meaningful for Why::kExtension.
  MonoMs ends_ms() const { return reached_ms_ + settings_.extension_ms; }

  // The sentences of stock HDFS: "The reported blocks 0 needs additional 2 blocks to reach the threshold 0.9990 of
  // total blocks 2. The minimum number of live datanodes is not required. Safe mode will be turned off automatically
  // once the thresholds have been reached." "" when off.
  std::string Tip(MonoMs now) const;

 private:
  bool ThresholdsHold() const;

  const Settings settings_;
  Counts counts_;
  bool startup_ = false;
  bool manual_ = false;
  bool reached_ = false;
  MonoMs reached_ms_ = 0;
};

}  // namespace mrd::namenode
