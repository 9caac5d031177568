#include "jobtracker/service/submission.h"

#include <algorithm>
#include <utility>

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

// Reads keys one after another and keeps the first error, so that each line below says one thing.
class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {}
  template <typename T>
  void Int(const char* key, T* out) {
    Take(config_.GetInt(key), out);
  }
  template <typename T>
  void Size(const char* key, T* out) {
    Take(config_.GetSize(key), out);
  }
  void Double(const char* key, double* out) { Take(config_.GetDouble(key), out); }
  void Bool(const char* key, bool* out) { Take(config_.GetBool(key), out); }
  // Megabytes; what is not above 0 means that nothing is asked for.
  void Memory(const char* key, std::uint64_t* out) {
    std::int64_t megabytes = 0;
    Take(config_.GetInt(key), &megabytes);
    *out = megabytes > 0 ? static_cast<std::uint64_t>(megabytes) << 20 : 0;
  }
  const Status& status() const { return status_; }

 private:
  template <typename From, typename To>
  void Take(const Result<From>& value, To* out) {
    if (value.ok()) {
      *out = static_cast<To>(*value);
    } else if (status_.ok()) {
      status_ = value.status();
    }
  }
  const Config& config_;
  Status status_;
};

Result<JobSettings> ReadSettings(const proto::JobSpecProto& spec, const Config& config) {
  JobSettings settings;
  settings.reduces = spec.reduces();
  settings.has_output = !spec.output().empty();
  Reader reader(config);
  reader.Bool("mapreduce.job.ubertask.enable", &settings.whole_enabled);
  reader.Int("mapreduce.job.ubertask.maxmaps", &settings.whole_maps_max);
  reader.Int("mapreduce.job.ubertask.maxreduces", &settings.whole_reduces_max);
  reader.Size("mapreduce.job.ubertask.maxbytes", &settings.whole_bytes_max);
  reader.Int("mapreduce.map.maxattempts", &settings.map_attempts_max);
  reader.Int("mapreduce.reduce.maxattempts", &settings.reduce_attempts_max);
  reader.Int("mapreduce.map.failures.maxpercent", &settings.map_failures_percent);
  reader.Int("mapreduce.reduce.failures.maxpercent", &settings.reduce_failures_percent);
  reader.Int("mapreduce.task.skip.start.attempts", &settings.skip_start_attempts);
  reader.Int("mapreduce.map.skip.maxrecords", &settings.skip_map_records);
  reader.Int("mapreduce.reduce.skip.maxgroups", &settings.skip_reduce_groups);
  // What a map skipped goes into the job's output.
  const bool keeps_skipped = settings.skip_map_records != 0 && config.GetString("mapreduce.job.skip.outdir").empty();
  settings.maps_publish = settings.has_output && (spec.reduces() == 0 || keeps_skipped);
  reader.Int("mapreduce.job.maxtaskfailures.per.tracker", &settings.tracker_failures_max);
  reader.Double("mapreduce.job.reduce.slowstart.completedmaps", &settings.slow_start);
  reader.Int("mapreduce.job.running.map.limit", &settings.running_maps_max);
  reader.Int("mapreduce.job.running.reduce.limit", &settings.running_reduces_max);
  reader.Memory("mapreduce.map.memory.mb", &settings.map_memory);
  reader.Memory("mapreduce.reduce.memory.mb", &settings.reduce_memory);
  reader.Bool("mapreduce.map.speculative", &settings.map_speculative);
  reader.Bool("mapreduce.reduce.speculative", &settings.reduce_speculative);
  reader.Double("mapreduce.job.speculative.speculative-cap-running-tasks", &settings.speculative_cap);
  reader.Double("mapreduce.job.speculative.slowtaskthreshold", &settings.slow_task_threshold);
  MRD_RETURN_IF_ERROR(reader.status());
  if (config.Source("mapreduce.job.locality.wait") != "default") {
    MRD_ASSIGN_OR_RETURN(settings.locality_wait_ms, config.GetDurationMs("mapreduce.job.locality.wait"));
  }
  return settings;
}

}  // namespace

Result<Config> JobConfig(const proto::JobSpecProto& spec, const KeyRegistry& keys) {
  Config config(keys);
  for (const proto::PropertyProto& property : spec.config()) {
    if (keys.Find(property.name()) != nullptr) {
      MRD_RETURN_IF_ERROR(config.Set(property.name(), property.value(), "the job's configuration"));
    }
  }
  return config;
}

Result<std::shared_ptr<const JobSubmission>> MakeSubmission(const proto::JobSpecProto& spec, const SplitTable& splits,
                                                            const KeyRegistry& keys) {
  auto job = std::make_shared<JobSubmission>();
  job->id = spec.jobid();
  job->name = spec.jobname();
  job->user = spec.user();
  job->queue = spec.queue();
  const std::optional<Priority> priority = ParsePriority(spec.priority() == "DEFAULT" ? "NORMAL" : spec.priority());
  if (!priority) {
    return InvalidArgument("mapreduce.job.priority: \"" + spec.priority() +
                           "\" is none of VERY_HIGH, HIGH, NORMAL, LOW, VERY_LOW");
  }
  job->priority = *priority;
  MRD_ASSIGN_OR_RETURN(const Config config, JobConfig(spec, keys));
  MRD_ASSIGN_OR_RETURN(job->settings, ReadSettings(spec, config));
  job->splits = splits.Summaries();
  return std::shared_ptr<const JobSubmission>(std::move(job));
}

}  // namespace mrd::jobtracker
