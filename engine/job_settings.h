#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"

namespace mrd::engine {

// The configuration of one job as the engine needs it: read once, checked, typed.
struct JobSettings {
  std::string job_name;
  int reduces = 1;
  int map_threads = 1;     // map tasks at once
  int reduce_threads = 1;  // reduce tasks at once

  std::uint64_t task_memory_bytes = 0;  // one number per task: sort buffer, tables, merge buffers
  std::uint64_t shuffle_memory_bytes = 0;  // of the whole job: map output that need not be written to disk
  int merge_factor = 0;                 // 0: as many segments as memory permits
  bool compress_map_output = false;
  double combine_hit_rate_min = 0;

  std::uint64_t split_min_bytes = 0;
  std::uint64_t split_max_bytes = 0;  // 0: not set
  bool recursive_input = false;
  bool combine_small_files = true;
  std::uint64_t line_limit_bytes = 0;
  std::string record_delimiter;  // empty: LF, CR or CRLF
  std::string key_value_separator;

  std::string output_separator;
  bool compress_output = false;
  bool mark_success = true;

  std::int64_t counters_max = 120;
  std::int64_t counter_groups_max = 50;
  std::int64_t counter_group_name_max = 128;
  std::int64_t counter_name_max = 64;

  // Skipping of bad records: after so many failures of a task; how many records (groups) each bad one may take with it, 0:
  // none is skipped; where what was skipped is kept (engine/skipped_log.h); and how often a task may fail at all.
  std::int64_t skip_start_attempts = 2;
  std::int64_t skip_map_records = 0;
  std::int64_t skip_reduce_groups = 0;
  std::string skip_outdir;
  std::int64_t map_attempts_max = 4;
  std::int64_t reduce_attempts_max = 4;

  // Whether maps take the input that they have read out of the page cache; unset: where the job needs the room.
  std::optional<bool> drop_behind_reads;

  std::int64_t sample_records = 0;
  std::int64_t sample_splits = 0;

  std::vector<std::string> local_dirs;
  std::vector<std::string> side_files;     // -files, with #link
  std::vector<std::string> side_archives;  // -archives

  static Result<JobSettings> Read(const Config& config);
};

}  // namespace mrd::engine
