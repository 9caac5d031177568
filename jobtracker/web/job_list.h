#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker::web {

// Which jobs of a list are shown, and in what order.
struct JobFilter {
  std::string state;   // a word of StateWord(), "active", "finished", or "" for all
  std::string text;    // part of id, name or user, in any case; "": all
  std::string queue;   // "": all
  std::string user;    // "": all
  std::size_t from = 0;
  std::size_t count = 50;
};

struct JobPage {
  std::vector<const mapred::proto::JobStatusProto*> jobs;  // the caller's; the latest submitted first
  std::size_t total = 0;                                   // that pass the filter
};
JobPage SelectJobs(const mapred::proto::ListJobsResponseProto& all, const JobFilter& filter);

}  // namespace mrd::jobtracker::web
