#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "common/base/status.h"
#include "namenode/blocks/block_map.h"
#include "namenode/blocks/slot_set.h"
#include "namenode/blocks/types.h"

namespace mrd::namenode {

// Full reports come in parts; this puts them together, one report per volume at a time, and remembers the replicas of
// unknown blocks until a second report confirms them. Decides about neither.
class ReportAssembly {
 public:
  // A report on its way.
  struct Report {
    std::uint64_t epoch = 0;
    std::uint64_t id = 0;
    std::vector<bool> parts;
    std::uint32_t missing = 0;
    MonoMs begun_ms = 0;
    SlotSet seen;                // listed, or too young to be missed
    std::uint64_t future = 0;    // replicas beyond what was ever issued
  };

  // The report to which a part belongs, begun if need be. Null: the part came before, or belongs to a report older
  // than one known: there is nothing to do. An unfinished older report is dropped.
  Result<Report*> Take(StorageIndex storage, std::uint64_t epoch, const BlockReportPart& part, MonoMs now);
  // Null when none is under way.
  Report* Current(StorageIndex storage);
  // The report is complete and dealt with.
  void Finish(StorageIndex storage);
  // The volume is gone, or its node registered anew.
  void Drop(StorageIndex storage);
  // The slot is about to be reused by another block.
  void ForgetSlot(Slot slot);
  // Drops reports whose parts did not come in time.
  void Timeout(MonoMs before);
  std::uint64_t future_replicas() const;

  // Notes that a replica of an unknown block exists. True when an earlier report, or an event before this report,
  // said so already: then it is forgotten here and may be deleted.
  bool ConfirmUnknown(StorageIndex storage, const dfs::Block& replica, std::uint64_t epoch, const Report* report);
  void ForgetUnknown(StorageIndex storage, dfs::BlockId id);
  std::size_t UnknownOf(StorageIndex storage) const;

 private:
  struct Unknown {
    dfs::GenerationStamp stamp;
    std::uint64_t epoch = 0;
    std::uint64_t report = 0;
    bool by_event = false;
  };
  struct Volume {
    bool finished_any = false;
    std::uint64_t epoch = 0;     // of the last finished report
    std::uint64_t last_id = 0;
    std::uint64_t future = 0;
    std::unordered_map<dfs::BlockId, Unknown> unknown;
  };
  std::map<StorageIndex, Report> reports_;
  std::map<StorageIndex, Volume> volumes_;
};

}  // namespace mrd::namenode
