#include "jobtracker/web/job_list.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "jobtracker/web/json.h"

namespace mrd::jobtracker::web {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool HasState(const mapred::proto::JobStatusProto& job, std::string_view wanted) {
  const bool active = job.state() == mapred::proto::JOB_RUNNING || job.state() == mapred::proto::JOB_PREP;
  if (wanted.empty()) return true;
  if (wanted == "active") return active;
  if (wanted == "finished") return !active;
  return StateWord(job.state()) == wanted;
}

}  // namespace

JobPage SelectJobs(const mapred::proto::ListJobsResponseProto& all, const JobFilter& filter) {
  JobPage page;
  for (const mapred::proto::JobStatusProto& job : all.jobs()) {
    if (!HasState(job, filter.state)) continue;
    if (!filter.queue.empty() && job.queue() != filter.queue) continue;
    if (!filter.user.empty() && job.user() != filter.user) continue;
    if (!filter.text.empty() && !Contains(job.jobid(), filter.text) && !Contains(job.jobname(), filter.text) &&
        !Contains(job.user(), filter.text)) {
      continue;
    }
    page.jobs.push_back(&job);
  }
  std::stable_sort(page.jobs.begin(), page.jobs.end(), [](const auto* a, const auto* b) {
    return a->submitms() != b->submitms() ? a->submitms() > b->submitms() : a->jobid() > b->jobid();
  });
  page.total = page.jobs.size();
  const std::size_t from = std::min(filter.from, page.total);
  page.jobs.erase(page.jobs.begin(), page.jobs.begin() + static_cast<std::ptrdiff_t>(from));
  if (page.jobs.size() > filter.count) page.jobs.resize(filter.count);
  return page;
}

}  // namespace mrd::jobtracker::web
