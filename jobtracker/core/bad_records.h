#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "jobtracker/core/types.h"

// Skipping of bad records (mapreduce.map.skip.maxrecords, mapreduce.reduce.skip.maxgroups): which records of a task its
// attempts failed at, and what its next attempt leaves out.
namespace mrd::jobtracker {

struct Job;
struct Task;

// What a task's failures said. At most one record for each attempt.
struct BadRecords {
  std::uint32_t failures = 0;         // that were the task's own: not of trackers, disks, the shuffle
  std::set<std::uint64_t> numbers;    // of records of the split; of a reduce, of groups
};

// An attempt of the task failed, at `record` if that is known. Nothing in a job that skips none of this kind.
void NoteFailure(const Job& job, Task& task, FailureKind kind, std::optional<std::uint64_t> record);

// Numbers of what an attempt that is launched now leaves out, ascending. None before the task has failed
// mapreduce.task.skip.start.attempts times.
std::vector<std::uint64_t> LeftOut(const Job& job, const Task& task);

}  // namespace mrd::jobtracker
