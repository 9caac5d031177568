#include "jobtracker/service/retired_jobs.h"

#include <utility>

#include "jobtracker/journal/store_keys.h"
#include "jobtracker/service/parse_message.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

Status Unknown(std::string_view job) { return NotFound("job " + std::string(job) + " is not known"); }

}  // namespace

Status RetiredJobs::Load() {
  return store_.Scan(kRetiredPrefix, [this](std::string_view key, std::string_view value) -> Status {
    proto::RetiredJobProto job;
    if (!ParseMessage(value, &job)) {
      return Corruption("job store: " + std::string(key) + ": no such message");
    }
    Remember(job.result().status());
    return Status::Ok();
  });
}

void RetiredJobs::Remember(const proto::JobStatusProto& status) {
  statuses_[status.jobid()] = status.SerializeAsString();
  by_end_.emplace(status.endms(), status.jobid());
}

std::vector<StoreWrite> RetiredJobs::Add(const proto::RetiredJobProto& job) {
  std::vector<StoreWrite> writes;
  Remember(job.result().status());
  writes.push_back({RetiredKey(job.result().status().jobid()), job.SerializeAsString()});
  while (by_end_.size() > jobs_max_) {
    const auto oldest = by_end_.begin();
    writes.push_back({RetiredKey(oldest->second), std::nullopt});
    statuses_.erase(oldest->second);
    by_end_.erase(oldest);
  }
  return writes;
}

Result<proto::JobStatusProto> RetiredJobs::StatusOf(std::string_view job) const {
  const auto found = statuses_.find(job);
  proto::JobStatusProto status;
  if (found == statuses_.end() || !status.ParseFromString(found->second)) return Unknown(job);
  return status;
}

Result<proto::RetiredJobProto> RetiredJobs::Get(const std::string& job) const {
  if (!Has(job)) return Unknown(job);
  MRD_ASSIGN_OR_RETURN(const std::optional<std::string> value, store_.Get(RetiredKey(job)));
  proto::RetiredJobProto message;
  // Taken in a moment ago: not yet written.
  if (!value) return Unavailable("job " + job + " is being put away; ask again");
  if (!ParseMessage(*value, &message)) return Corruption("job store: " + RetiredKey(job) + ": no such message");
  return message;
}

std::vector<proto::JobStatusProto> RetiredJobs::List() const {
  std::vector<proto::JobStatusProto> list;
  for (const auto& [end, job] : by_end_) {
    Result<proto::JobStatusProto> status = StatusOf(job);
    if (status.ok()) list.push_back(*std::move(status));
  }
  return list;
}

}  // namespace mrd::jobtracker
