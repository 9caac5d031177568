#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/job.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"

namespace mrd::engine {

// A range of one file, or what a plugin's format put into its split.
struct InputPiece {
  std::string path;  // as shown to the plugin and in messages; opened through the registry
  std::uint64_t start = 0;
  std::uint64_t length = 0;
  bool whole_file = false;  // compressed or not to be split: read to the end
  std::string payload;
};

// The work of one map task: pieces of one input index, read one after the other.
struct InputSplit {
  std::uint32_t input_index = 0;
  std::vector<InputPiece> pieces;
  std::uint64_t bytes = 0;
};

struct InputPlan {
  std::vector<InputSplit> splits;  // the index is the map task's number and decides ties in the order of values
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<fs::Path> roots;  // what the user named, after globbing
};

// Lists the inputs and cuts them into splits. Depends on the files' names and sizes and the split settings alone.
//
// Files of a directory are taken in the order of their names; names that begin with _ or . are ignored; compressed files
// are not cut. Split size: max(minsize, min(maxsize, block size)); while maxsize is not set, a block counts as a
// sixteenth of the input, but at least 1 MiB, so that inputs below 512 MiB keep several cores busy. The last split of
// a file may be a tenth larger. Smaller files are put together in one split up to that size unless mr.input.combine is
// false.
// kNotFound: "Input path does not exist: …" or a glob without a match.
Result<InputPlan> PlanInput(JobDefinition& definition,
                            const JobSettings& settings,
                            const JobRequest& request,
                            fs::Registry& file_systems);

}  // namespace mrd::engine
