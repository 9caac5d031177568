#include "mapred/client/job_spec.h"

#include <string_view>

#include "mapred/wire/convert.h"

namespace mrd::mapred {
namespace {

bool StaysBehind(std::string_view name) {
  for (const std::string_view prefix :
       {"mr.jobtracker.", "mr.tasktracker.", "mr.client.", "mapreduce.jobtracker.", "mapreduce.tasktracker.",
        "dfs.namenode.", "dfs.datanode."}) {
    if (name.starts_with(prefix)) return true;
  }
  return name == "tmpfiles" || name == "tmparchives" || name == "mapreduce.cluster.local.dir";
}

}  // namespace

proto::SubmitJobRequestProto Submission(const PlannedJob& job) {
  proto::SubmitJobRequestProto request;
  proto::JobSpecProto& spec = *request.mutable_spec();
  spec.set_jobid(job.job_id);
  spec.set_jobname(job.job_name);
  spec.set_user(job.user);
  proto::PackProto& pack = *spec.mutable_pack();
  pack.set_path(job.pack_path);
  pack.set_sha256(job.pack.sha256());
  pack.set_bytes(job.pack.bytes());
  pack.set_plugin(job.pack.plugin());
  spec.set_entry(job.request.entry->name);
  const Config& config = job.definition.config();
  for (const auto& [name, value] : config.Explicit()) {
    if (StaysBehind(name)) continue;
    proto::PropertyProto& property = *spec.add_config();
    property.set_name(name);
    property.set_value(config.GetString(name, value));
  }
  for (const auto& [name, value] : job.request.options) {
    proto::PropertyProto& option = *spec.add_options();
    option.set_name(name);
    option.set_value(value);
  }
  for (const std::string& input : job.request.inputs) spec.add_inputs(input);
  spec.set_output(job.output);
  spec.set_reduces(static_cast<std::uint32_t>(job.settings.reduces));
  for (const std::string& cut : job.cuts) spec.add_cuts(cut);
  spec.set_queue(config.GetString("mapreduce.job.queuename", "default"));
  spec.set_priority(config.GetString("mapreduce.job.priority", "NORMAL"));
  spec.set_inputbytes(job.plan.bytes);
  spec.set_maps(static_cast<std::uint32_t>(job.plan.splits.size()));
  for (std::size_t at = 0; at < job.plan.splits.size(); ++at) {
    proto::SplitProto& split = *request.add_splits();
    wire::ToProto(job.plan.splits[at], &split);
    for (const std::string& host : job.hosts[at]) split.add_hosts(host);
  }
  return request;
}

}  // namespace mrd::mapred
