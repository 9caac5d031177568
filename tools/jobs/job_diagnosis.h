#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"
#include "proto/mr/jobs.pb.h"
#include "tools/check/diagnosis.h"

namespace mrd::jobs {

// What `mr doctor` found out about the side of MapReduce, before any judgement.
struct JobFindings {
  std::string jobtracker;  // "host:port"; "": jobs run in the process of the command
  Status reached;
  std::optional<mapred::proto::GetClusterResponseProto> cluster;
  std::vector<mapred::proto::JobStatusProto> jobs;  // that wait or run
  std::string version;                              // of this program
};

// Asks the jobtracker that the configuration names, if it names one. Gives up soon.
JobFindings LookAtJobs(const Config& config, std::string version);

// Judges: a jobtracker that does not answer, trackers that take no tasks and why, what is wrong on those that do; then, as
// notes, why tasks wait and slots stay free. Pure.
void Judge(const JobFindings& findings, check::Diagnosis* diagnosis);

}  // namespace mrd::jobs
