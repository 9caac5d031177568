#include "dfs/check.h"

namespace mrd::dfs {

void CheckTotals::Add(const CheckTotals& other) {
  // Every field is a sum; a new one that is forgotten here shows in the test that adds a full struct to an empty one.
  directories += other.directories;
  files += other.files;
  bytes += other.bytes;
  open_files += other.open_files;
  open_bytes += other.open_bytes;
  open_blocks += other.open_blocks;
  blocks += other.blocks;
  minimally_replicated += other.minimally_replicated;
  over_replicated += other.over_replicated;
  under_replicated += other.under_replicated;
  misreplicated += other.misreplicated;
  missing += other.missing;
  missing_bytes += other.missing_bytes;
  corrupt += other.corrupt;
  corrupt_bytes += other.corrupt_bytes;
  wanted_replicas += other.wanted_replicas;
  live_replicas += other.live_replicas;
  lacking_replicas += other.lacking_replicas;
  decommissioned_replicas += other.decommissioned_replicas;
  decommissioning_replicas += other.decommissioning_replicas;
  maintenance_replicas += other.maintenance_replicas;
}

}  // namespace mrd::dfs
