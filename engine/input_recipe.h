#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/fs/registry.h"

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

// What decides how files become splits: all that planning needs to know of a job, so that it can be done where the plugin
// is not loaded.
struct InputRecipe {
  enum class Cut { kByName, kAlways, kNever };  // kByName: as the suffix and the records permit
  struct Named {
    std::string path;  // or a pattern, as the user wrote it
    std::uint32_t input_index = 0;
  };
  std::vector<Named> inputs;
  std::map<std::uint32_t, Cut> cuts;  // by input index; others are as index 0
  std::uint64_t split_min_bytes = 0;
  std::uint64_t split_max_bytes = 0;  // 0: not set
  bool records_found_anywhere = true;  // by their delimiter, from the middle of a file
  bool recursive = false;
  bool combine_small_files = true;

  Cut CutOf(std::uint32_t input_index) const;
};

// Lists the inputs and cuts them into splits. Depends on the files' names and sizes and the split settings alone.
//
// Files of a directory are taken in the order of their names; names that begin with _ or . are ignored; compressed files
// are not cut. Split size: max(minsize, min(maxsize, block size)); while maxsize is not set, a block counts as a
// sixteenth of the input, but at least 1 MiB, so that inputs below 512 MiB keep several cores busy. The last split of
// a file may be a tenth larger. Smaller files are put together in one split up to that size unless mr.input.combine is
// false.
// kNotFound: "Input path does not exist: …" or a glob without a match.
Result<InputPlan> PlanFiles(const InputRecipe& recipe, fs::Registry& file_systems);

}  // namespace mrd::engine
