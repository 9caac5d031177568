#include "tools/job_place.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "mapred/client/cluster_runner.h"
#include "tools/interrupt.h"

namespace mrd::tools {
namespace {

constexpr const char* kFrameworkKey = "mapreduce.framework.name";
constexpr const char* kAddressKey = "mapreduce.jobtracker.address";
constexpr std::chrono::milliseconds kLivePoll{200};

bool IsSet(const Config& config, const char* key) {
  const std::string source = config.Source(key);
  return !source.empty() && source != "default";
}

}  // namespace

Result<JobPlace> ChooseJobPlace(const Config& config) {
  const std::string address = config.GetString(kAddressKey, "local");
  const bool named = address != "local" && !address.empty();
  std::string framework = named ? "cluster" : "local";
  if (IsSet(config, kFrameworkKey)) framework = config.GetString(kFrameworkKey);
  JobPlace place;
  if (framework == "local") return place;
  if (framework != "cluster" && framework != "classic" && framework != "yarn") {
    return InvalidArgument(std::string(kFrameworkKey) + "=" + framework + ": neither local nor cluster");
  }
  if (!named) {
    if (framework == "cluster") {
      return InvalidArgument(std::string(kFrameworkKey) + "=cluster needs " + kAddressKey +
                             "=host:port; mr up starts a cluster of your own, --embedded runs the job in this process");
    }
    place.notice = std::string(kFrameworkKey) + "=" + framework + ", but " + kAddressKey +
                   " names no jobtracker: jobs run in this process";
    return place;
  }
  MRD_ASSIGN_OR_RETURN(place.jobtracker, mapred::ParseJobtrackerAddress(address));
  if (framework == "yarn") {
    place.notice = std::string(kFrameworkKey) + "=yarn: this is no YARN; the job goes to the jobtracker at " + address;
  }
  return place;
}

Result<std::unique_ptr<mapred::JobClient>> ConnectJobtracker(const Config& config) {
  MRD_ASSIGN_OR_RETURN(const JobPlace place, ChooseJobPlace(config));
  if (place.jobtracker) return mapred::JobClient::Make(*place.jobtracker, config);
  const std::string address = config.GetString(kAddressKey, "local");
  if (address != "local" && !address.empty()) {  // jobs run here, but the question is to that jobtracker
    MRD_ASSIGN_OR_RETURN(const mapred::JobtrackerAddress parsed, mapred::ParseJobtrackerAddress(address));
    return mapred::JobClient::Make(parsed, config);
  }
  return InvalidArgument(std::string("no jobtracker is configured, so there are no jobs to ask about; mr up starts a "
                                     "cluster of your own, -jt host:port or ") +
                         kAddressKey + " names another");
}

Result<ChosenRunner> ChooseRunner(const Config& config,
                                  fs::Registry& file_systems,
                                  const engine::CancelFlag& cancel,
                                  const RunnerOptions& options) {
  MRD_ASSIGN_OR_RETURN(JobPlace place, ChooseJobPlace(config));
  ChosenRunner chosen;
  chosen.notice = std::move(place.notice);
  if (!place.jobtracker) {
    chosen.runner = std::make_unique<engine::LocalRunner>(Env::Posix(), file_systems, cancel);
    return chosen;
  }
  mapred::ClusterRunner::Options made;
  made.detach = options.detach;
  MRD_ASSIGN_OR_RETURN(const std::int64_t poll, config.GetDurationMs("mapreduce.client.progressmonitor.pollinterval"));
  made.poll = options.live ? kLivePoll : std::chrono::milliseconds(std::clamp<std::int64_t>(poll, 10, 10'000));
  MRD_ASSIGN_OR_RETURN(const std::int64_t patience, config.GetDurationMs("mr.client.jobtracker.patience"));
  made.patience = std::chrono::milliseconds(patience);
  made.signal_words = [](int signal) { return std::string(SignalWord(signal)); };
  MRD_ASSIGN_OR_RETURN(chosen.client, mapred::JobClient::Make(*place.jobtracker, config));
  chosen.runner = std::make_unique<mapred::ClusterRunner>(Env::Posix(), Clock::System(), file_systems, cancel,
                                                          *chosen.client, std::move(made));
  SetInterruptFarewell("; the job of the cluster may go on: mr job -list shows it, mr job -kill JOB ends it\n");
  return chosen;
}

}  // namespace mrd::tools
