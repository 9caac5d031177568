#include "sim/jobtracker_output.h"

namespace mrd::sim {

bool JobtrackerOutput::Publish(const jobtracker::CommitOrder& grant) {
  const std::string task = grant.attempt.TaskId();
  const std::string attempt = grant.attempt.ToString();
  for (const auto& earlier : grant.superseded) {
    const std::string name = earlier.ToString();
    removed_.insert(name);
    const auto found = published_.find(task);
    if (found != published_.end() && found->second == name) published_.erase(found);
  }
  if (removed_.contains(attempt) || aborted_.contains(grant.attempt.job_id)) return false;
  const auto [entry, fresh] = published_.try_emplace(task, attempt);
  if (!fresh && entry->second != attempt) {
    fault_ = "task " + task + " was published by " + entry->second + " and by " + attempt;
    return false;
  }
  std::uint64_t& token = tokens_[task];
  if (grant.token < token) fault_ = "task " + task + ": leave " + std::to_string(grant.token) + " after " +
                                    std::to_string(token);
  token = grant.token;
  ++published_count_;
  return true;
}

bool JobtrackerOutput::CommitJob(const std::string& job) {
  if (aborted_.contains(job)) {
    fault_ = "job " + job + " was committed after its temporary files were removed";
    return false;
  }
  ++commits_[job];
  return true;
}

void JobtrackerOutput::AbortJob(const std::string& job) { aborted_.insert(job); }

std::string JobtrackerOutput::PublishedBy(const std::string& task) const {
  const auto found = published_.find(task);
  return found == published_.end() ? "" : found->second;
}

std::uint32_t JobtrackerOutput::CommitsOf(const std::string& job) const {
  const auto found = commits_.find(job);
  return found == commits_.end() ? 0 : found->second;
}

}  // namespace mrd::sim
