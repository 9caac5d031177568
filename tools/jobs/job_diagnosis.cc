#include "tools/jobs/job_diagnosis.h"

#include <memory>
#include <utility>

#include "mapred/client/failure_text.h"
#include "mapred/client/job_client.h"
#include "tools/job_place.h"

namespace mrd::jobs {
namespace {

using check::Remark;
using mapred::proto::TrackerStatusProto;

// More would hide the rest.
constexpr std::size_t kDetailsMax = 20;

// Whoever asks a doctor wants to know soon.
Config Impatient(Config config) {
  for (const auto& [name, value] : {std::pair("ipc.client.connect.timeout", "2000"),
                                    std::pair("ipc.client.connect.max.retries", "1"),
                                    std::pair("ipc.client.connect.retry.interval", "300"),
                                    std::pair("ipc.client.rpc-timeout.ms", "10000")}) {
    // A value that a site file made final stays, which only takes longer.
    static_cast<void>(config.Set(name, value, "program").ok());
  }
  return config;
}

void AddDetail(Remark* remark, std::string text) {
  if (remark->details.size() > kDetailsMax) return;
  remark->details.push_back(remark->details.size() < kDetailsMax ? std::move(text) : "and more");
}

void JudgeTrackers(const JobFindings& findings, check::Diagnosis* diagnosis) {
  Remark out_of_work;
  Remark gone;  // of an earlier life of the jobtracker, not heard of in this one
  Remark troubles;
  Remark idle;
  std::size_t live = 0;
  std::uint64_t slots = 0;
  std::uint64_t running = 0;
  for (const TrackerStatusProto& tracker : findings.cluster->trackers()) {
    const std::string reason = tracker.reason().empty() ? "" : ": " + tracker.reason();
    if (tracker.state() == "LIVE") {
      ++live;
      slots += std::uint64_t{tracker.mapslots()} + tracker.reduceslots();
      running += std::uint64_t{tracker.runningmaps()} + tracker.runningreduces();
    } else if (tracker.state() == "LOST" && tracker.lastreportms() < findings.cluster->startms()) {
      AddDetail(&gone, tracker.name() + reason);
    } else if (tracker.state() != "DECOMMISSIONED") {
      AddDetail(&out_of_work, tracker.name() + " is " + tracker.state() + reason);
    }
    for (const std::string& trouble : tracker.troubles()) AddDetail(&troubles, tracker.name() + ": " + trouble);
    if (!tracker.idle().empty()) AddDetail(&idle, tracker.name() + ": " + tracker.idle());
  }
  if (live == 0) {
    diagnosis->problems.push_back({"no tasktracker takes tasks, so every job waits",
                                   {"start them: mr up on a private cluster, else sbin/start-mapred.sh"}});
  }
  if (!out_of_work.details.empty()) {
    out_of_work.text = "tasktrackers that get no tasks";
    diagnosis->problems.push_back(std::move(out_of_work));
  }
  if (!troubles.details.empty()) {
    troubles.text = "tasktrackers that work, but not with all they have";
    diagnosis->problems.push_back(std::move(troubles));
  }
  Remark works;
  works.text = "the jobtracker at " + findings.jobtracker + " has " + std::to_string(live) + " live tasktrackers, " +
               std::to_string(running) + " of " + std::to_string(slots) + " slots are taken";
  diagnosis->notes.push_back(std::move(works));
  if (!gone.details.empty()) {
    gone.text = "tasktrackers that were there before the jobtracker was started, and are not now";
    diagnosis->notes.push_back(std::move(gone));
  }
  if (!idle.details.empty()) {
    idle.text = "why slots are free";
    diagnosis->notes.push_back(std::move(idle));
  }
}

}  // namespace

JobFindings LookAtJobs(const Config& config, std::string version) {
  JobFindings found;
  found.version = std::move(version);
  const Result<tools::JobPlace> place = tools::ChooseJobPlace(config);
  if (!place.ok()) {
    found.jobtracker = "?";
    found.reached = place.status();
    return found;
  }
  if (!place->jobtracker) return found;
  found.jobtracker = place->jobtracker->ToString();
  const Config impatient = Impatient(config);
  const Result<std::unique_ptr<mapred::JobClient>> client = mapred::JobClient::Make(*place->jobtracker, impatient);
  if (!client.ok()) {
    found.reached = client.status();
    return found;
  }
  Result<mapred::proto::GetClusterResponseProto> cluster = (*client)->Cluster();
  found.reached = cluster.status();
  if (!cluster.ok()) return found;
  found.cluster = *std::move(cluster);
  if (const auto jobs = (*client)->List(/*all=*/false, ""); jobs.ok()) {
    found.jobs.assign(jobs->jobs().begin(), jobs->jobs().end());
  }
  return found;
}

void Judge(const JobFindings& findings, check::Diagnosis* diagnosis) {
  if (findings.jobtracker.empty()) return;
  if (!findings.reached.ok()) {
    diagnosis->problems.push_back(
        {"the jobtracker does not answer, so no job can be submitted", {findings.reached.message()}});
    return;
  }
  if (findings.cluster->version() != findings.version) {
    diagnosis->notes.push_back({"the jobtracker is of version " + findings.cluster->version() + ", this program of " +
                                    findings.version,
                                {}});
  }
  JudgeTrackers(findings, diagnosis);
  Remark waiting;
  for (const auto& job : findings.jobs) {
    for (const auto& reason : job.waiting()) AddDetail(&waiting, job.jobid() + ": " + mapred::WaitingText(reason));
  }
  if (waiting.details.empty()) return;
  waiting.text = "why tasks wait";
  diagnosis->notes.push_back(std::move(waiting));
}

}  // namespace mrd::jobs
