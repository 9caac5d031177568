#pragma once

#include <cstddef>
#include <cstdint>

#include "namenode/blocks/types.h"

namespace mrd::namenode {

// The settings of namenode/blocks. Defaults are those of the configuration keys; the rest are bounds.
struct BlockOptions {
  std::uint32_t min_replication = 1;  // dfs.namenode.replication.min

  MonoMs heartbeat_interval_ms = 3'000;
  MonoMs recheck_interval_ms = 300'000;
  MonoMs stale_interval_ms = 30'000;
  // A node is dead when it was silent for longer.
  MonoMs dead_interval_ms() const { return 2 * recheck_interval_ms + 10 * heartbeat_interval_ms; }

  std::uint32_t max_streams = 2;             // copies that one node sends at once
  std::uint32_t max_streams_hard_limit = 4;  // the same for RiskLevel::kHighest
  std::uint32_t work_per_live_node = 2;      // copies ordered per round and live node, and when a node has finished one
  MonoMs pending_timeout_ms = 300'000;       // an ordered copy counts as lost after so long
  MonoMs excess_repeat_ms = 600'000;         // an ordered deletion without news is ordered again after so long
  MonoMs recovery_timeout_ms = 30'000;       // a block recovery without news is given to another primary
  std::size_t invalidate_per_heartbeat = 1'000;
  std::size_t verify_per_heartbeat = 16;
  std::size_t verify_queue_max = 256;        // per node; further wishes are dropped, the reader comes again

  // A replica that was reported within so long before a full report began is not removed by that report.
  MonoMs report_grace_ms = 60'000;
  // A node that reported unknown replicas is asked for another full report after so long, to confirm them.
  MonoMs confirm_unknown_after_ms = 60'000;
  // How long a report may take from its first part to its last.
  MonoMs report_timeout_ms = 1'800'000;

  // Slots of the block map looked at in one Tick by each background walk.
  std::size_t sweep_per_tick = 50'000;

  double safe_mode_threshold = 0.999;
  std::uint32_t safe_mode_min_datanodes = 0;
  MonoMs safe_mode_extension_ms = 30'000;

  // Wall clock minus monotonic clock at the start, in milliseconds: for the times shown to people.
  std::int64_t wall_offset_ms = 0;
};

}  // namespace mrd::namenode
