#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"
#include "engine/counters.h"
#include "engine/ledger.h"
#include "engine/manifest.h"
#include "engine/plugin.h"

namespace mrd::engine {

enum class OptionType { kString, kInt, kDouble, kBool };

// What a job says of one of its options or positional arguments.
struct JobOption {
  std::string name;
  OptionType type = OptionType::kString;
  bool positional = false;
  bool required = false;
  std::string default_value;
  std::string help;
};

struct JobDescription {
  std::vector<JobOption> options;
  bool takes_input = true;
  bool takes_output = true;
};

// What others have made, and decide, of a job that runs whole within one worker of a cluster.
struct JobHost {
  std::string job_id;
  int attempt = 0;                      // to run the job; those before it may have left something, and may still live
  std::vector<std::string> local_dirs;  // instead of the configured ones
  std::string side_file_dir;            // placed already; "" when there are none
  std::vector<std::string> cuts;        // sampled already; empty: not
  // Asked when all tasks are done. Unless OK nothing is published and the job fails with the answer.
  std::function<Status(const std::vector<ManifestPart>&)> may_publish;
};

// What to run: one job of one plugin on these inputs.
struct JobRequest {
  std::shared_ptr<const Plugin> plugin;
  const mr_job_entry* entry = nullptr;
  std::vector<std::string> inputs;             // as the user wrote them: paths, URIs, globs
  std::string output;                          // empty when the job takes none
  std::map<std::string, std::string> options;  // the job's own, by name; checked against its description
  Config config;
  const JobHost* host = nullptr;  // of a job of a cluster; outlives the run
};

// How one job ended, whole or not.
struct JobResult {
  Status status;
  std::string explanation;  // of a failure, for people: lines beyond the status' message; may be empty
  std::string job_id;
  std::string job_name;
  Counters counters;
  Ledger ledger;
  std::vector<ManifestPart> parts;  // what was published
  std::string output;  // qualified
  double seconds = 0;
  double map_seconds = 0;
  double reduce_seconds = 0;
  int maps = 0;
  int reduces = 0;
};

// Runs `configure` only to learn its options; nothing of the job is started.
Result<JobDescription> DescribeJob(const JobRequest& request);

}  // namespace mrd::engine
