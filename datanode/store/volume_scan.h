#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/status.h"
#include "datanode/store/volume.h"
#include "dfs/types.h"

namespace mrd::datanode {

// What lies on a volume when the datanode starts.
struct VolumeContent {
  std::vector<dfs::ReportedReplica> replicas;  // FINALIZED and RWR, ordered by id
  std::uint64_t used_bytes = 0;                // of both files of each
  std::vector<std::string> findings;           // for the log: what was put right, what needs a look
};

// Reads the directories of a volume and puts right what a process leaves that ends at any moment:
//  * tmp is emptied;
//  * a replica whose two files lie in different directories is where its meta file is (moves take that one first), so its
//    data are moved there;
//  * a replica in rbw is cut to what its checksums vouch for, and is RWR from then on;
//  * data without a meta file in rbw, and a meta file without data, are of a replica that never was, or was being deleted:
//    removed.
// Data without a meta file among the finalized ones are left alone and told of. Links, and files under other names, are
// never followed or touched.
Result<VolumeContent> ScanVolume(Env& env, const Volume& volume, CrashPoints& crash_points);

}  // namespace mrd::datanode
