#pragma once

#include <memory>
#include <string>

#include "engine/job.h"
#include "engine/plugin.h"

namespace mrd::tools {

// "wordcount.so: usage..." of one job, with its options, types and defaults, as `mr jar x.so JOB --help` prints it.
std::string JobHelp(const std::string& plugin_name,
                    bool name_job,  // several jobs: the usage line has the job's name
                    const mr_job_entry& entry,
                    const engine::JobDescription& job);
std::string DriverHelp(const std::string& plugin_name, bool name_job, const mr_job_entry& entry);

// What a plugin says of itself: all its public jobs.
std::string PluginHelp(const std::string& plugin_name,
                       const std::shared_ptr<const engine::Plugin>& plugin,
                       const Config& config);

// The lines on generic options below each of these.
std::string GenericOptionsHelp();

}  // namespace mrd::tools
