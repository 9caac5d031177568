#include <charconv>
#include <cstdio>

#include "tools/jobs/options.h"

namespace mrd::jobs {
namespace {

constexpr const char* kUsage = "usage: mapred queue [-list] | [-info <queue> [-showJobs]] | [-showacls]\n";

std::string QueueText(const mapred::proto::QueueStatusProto& queue) {
  std::string info = "running jobs " + std::to_string(queue.runningjobs()) + ", waiting jobs " +
                     std::to_string(queue.waitingjobs()) + ", running tasks " + std::to_string(queue.runningtasks());
  if (queue.has_weight()) info += ", weight " + FloatText(queue.weight());
  if (queue.minshare() > 0) info += ", minimum share " + std::to_string(queue.minshare());
  if (queue.has_fairshare()) info += ", fair share " + FloatText(queue.fairshare());
  return "======================\nQueue Name : " + queue.name() +
         " \nQueue State : " + (queue.state().empty() ? "RUNNING" : queue.state()) + " \nScheduling Info : " + info +
         " \n";
}

bool MaySubmit(const mapred::proto::QueueStatusProto& queue, const std::string& user) {
  for (const std::string& name : queue.submitters()) {
    if (name == "*" || name == user) return true;
  }
  return queue.submitters().empty();
}

}  // namespace

int RunQueue(Session& session, const Words& words) {
  const bool info = words.size() >= 2 && words[0] == "-info";
  const bool show_jobs = info && words.size() == 3 && words[2] == "-showJobs";
  const bool known = (words.size() == 1 && (words[0] == "-list" || words[0] == "-showacls")) ||
                     (info && (words.size() == 2 || show_jobs));
  if (!known) {
    session.console.Err(kUsage);
    return kFailed;
  }
  const auto cluster = session.client.Cluster();
  if (!cluster.ok()) return session.Fail(cluster.status());
  if (words[0] == "-showacls") {
    std::string text =
        "Queue acls for user :  " + session.client.user() + "\n\nQueue  Operations\n=====================\n";
    for (const auto& queue : cluster->queues()) {
      text += queue.name() + "  " + (MaySubmit(queue, session.client.user()) ? "SUBMIT_APPLICATIONS" : "") + "\n";
    }
    session.console.Out(text);
    return kOk;
  }
  bool found = false;
  for (const auto& queue : cluster->queues()) {
    if (info && queue.name() != words[1]) continue;
    found = true;
    session.console.Out(QueueText(queue));
  }
  if (info && !found) {
    std::string names;
    for (const auto& queue : cluster->queues()) names += (names.empty() ? "" : ", ") + queue.name();
    session.console.Err("Queue \"" + words[1] + "\" does not exist. There are: " + names + "\n");
    return kFailed;
  }
  if (!show_jobs) return kOk;
  const auto jobs = session.client.List(/*all=*/false, words[1]);
  if (!jobs.ok()) return session.Fail(jobs.status());
  session.console.Out(JobTable(jobs->jobs()));
  return kOk;
}

}  // namespace mrd::jobs
