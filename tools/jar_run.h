#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/job.h"
#include "engine/local_runner.h"
#include "tools/command.h"
#include "tools/job_place.h"

namespace mrd::tools {

// What a command other than `mr jar` does with a job that is named by the words of `mr jar`.
struct JarPurpose {
  const Command& command;
  std::string no_drivers;  // why drivers will not do, and what would
  // Who "runs" the job. The registry and the flag outlive the runner.
  std::function<Result<ChosenRunner>(const Config& config, fs::Registry& file_systems, const engine::CancelFlag& cancel)> choose;
  std::function<void(const engine::JobResult& result)> done;  // it went well
};

// `words` begin with the plugin, or options before it. Returns the exit status: 0, 1 when the runner failed, 255 when it
// could not even begin. Once in a process.
int RunJar(const std::vector<std::string>& words, const JarPurpose& purpose);

}  // namespace mrd::tools
