#pragma once

#include <cstdint>
#include <string>

#include "dfs/check.h"
#include "tools/check/fsck_words.h"

namespace mrd::check {

// What `hdfs fsck` prints, in the shape of Hadoop 3, with the reason of each fault on a line of its own. Pure.

// The lines on one whole file or directory; "" when nothing about it is to be said.
std::string FileText(const dfs::CheckedFile& file, const std::string& pool, const FsckWords& words);

// From "Status:" to the counters.
struct Summary {
  dfs::CheckTotals totals;
  std::uint64_t corrupt_files = 0;
  dfs::CheckPage cluster;  // the figures of the cluster alone
};
std::string SummaryText(const Summary& summary, const FsckWords& words);

// The lines on one block of -blockId, the last of which decides the exit status.
std::string BlockText(dfs::BlockId id, const dfs::BlockCheck& check);
// The exit status that goes with the last line of a report: 0 healthy or missing, 1 corrupt, 2 to 7 the states of one
// replica, 255 for any other.
int StatusOfLastLine(const std::string& report);

// "Tue Mar 05 10:12:00 UTC 2024", in local time.
std::string JavaDate(std::int64_t wall_ms);

}  // namespace mrd::check
