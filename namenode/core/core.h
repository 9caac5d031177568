#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "namenode/core/lease_recovery.h"
#include "namenode/core/naming.h"
#include "namenode/core/reading.h"
#include "namenode/core/state.h"
#include "namenode/core/writing.h"

namespace mrd::namenode {

// The namenode without its wires and disks: tree, blocks and leases, and the operations on them. The service around it
// decodes calls, writes the mutations to the journal and brings the time. Not movable: its parts refer to each other.
//
// Start: Format() for a new file system, or Load() for each pair of the checkpoint and Apply() for each later edit; then
// FinishLoading().
class Core {
 public:
  Core(CoreOptions options, dfs::NamespaceInfo info, Random random);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  Status Load(std::string_view key, std::string_view value);
  Status Apply(const Edit& edit);
  void Format(std::int64_t now_ms);
  // Joins what was loaded and begins safe mode. Leaves mutations in the sink when recoveries go on.
  Status FinishLoading(std::int64_t now_ms, MonoMs mono_ms);

  // Everything that time brings: dead nodes, safe mode, lost leases and recoveries, portions of large deletions, copies
  // of endangered blocks when `order_copies`. Call about once a second, and sooner when it returns true.
  bool Tick(std::int64_t now_ms, MonoMs mono_ms, bool order_copies);

  // Replicas that were reported: committed blocks that have enough now become complete.
  void TakeIn(const ReportOutcome& outcome);
  // A node as a client named it; none when unknown.
  void SuspectCorrupt(const dfs::ExtendedBlock& block, const std::vector<dfs::DatanodeId>& nodes);

  CoreState& state() { return state_; }
  const CoreState& state() const { return state_; }
  Naming& naming() { return naming_; }
  Reading& reading() { return reading_; }
  Writing& writing() { return writing_; }
  LeaseRecovery& recovery() { return recovery_; }

 private:
  CoreState state_;
  LeaseRecovery recovery_;
  Naming naming_;
  Reading reading_;
  Writing writing_;
  bool formatted_ = false;  // made by Format(), not loaded
};

}  // namespace mrd::namenode
