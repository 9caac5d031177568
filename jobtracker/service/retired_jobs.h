#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "jobtracker/journal/job_store.h"
#include "proto/mr/jobs.pb.h"
#include "proto/mr/journal.pb.h"

namespace mrd::jobtracker {

// Jobs that the core has let go of: the last word on each, in the job store, and a list of them in memory. Bounded: the
// oldest go. Threads: the core's.
class RetiredJobs {
 public:
  // `store` must outlive it.
  RetiredJobs(JobStore& store, std::size_t jobs_max) : store_(store), jobs_max_(jobs_max) {}

  // Reads the list. Once, at the start.
  Status Load();
  // Takes one in; the result are the changes of the store that keep it, and that let go of those for which there is no room.
  std::vector<StoreWrite> Add(const mapred::proto::RetiredJobProto& job);

  bool Has(std::string_view job) const { return statuses_.contains(job); }
  // kNotFound for other jobs. Get reads the store, which takes some ten microseconds.
  Result<mapred::proto::JobStatusProto> StatusOf(std::string_view job) const;
  Result<mapred::proto::RetiredJobProto> Get(const std::string& job) const;
  // By the time of their end.
  std::vector<mapred::proto::JobStatusProto> List() const;

 private:
  void Remember(const mapred::proto::JobStatusProto& status);

  JobStore& store_;
  const std::size_t jobs_max_;
  std::map<std::string, std::string, std::less<>> statuses_;            // JobStatusProto by id
  std::multimap<std::uint64_t, std::string> by_end_;
};

}  // namespace mrd::jobtracker
