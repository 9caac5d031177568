#pragma once

#include <string>
#include <vector>

#include "engine/job_definition.h"
#include "engine/job_plan.h"
#include "engine/job_settings.h"
#include "mapred/client/job_pack.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::mapred {

// A job that was planned, ready to be told to a jobtracker.
struct PlannedJob {
  const engine::JobRequest& request;
  const engine::JobDefinition& definition;
  const engine::JobSettings& settings;
  const engine::InputPlan& plan;
  const std::vector<std::vector<std::string>>& hosts;  // of each split
  const std::vector<std::string>& cuts;                // of a total order
  const JobPack& pack;
  std::string pack_path;
  std::string job_id;
  std::string job_name;
  std::string user;
  std::string output;  // qualified; "" for none
};

// What a submission says of it. The configuration is that of the job after the plugin's configure, with references
// like ${user.name} replaced by what they mean here; keys that only daemons or this client heed stay behind, and so
// do the lists of side files, which are in the pack.
proto::SubmitJobRequestProto Submission(const PlannedJob& job);

}  // namespace mrd::mapred
