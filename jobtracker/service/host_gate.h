#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "jobtracker/core/views.h"

namespace mrd::jobtracker {

// Which hosts may have trackers: the files of mapreduce.jobtracker.hosts.filename and …hosts.exclude.filename, one host a
// line, '#' begins a comment. Threads: one.
class HostGate {
 public:
  // "": no such list. `env` must outlive it.
  HostGate(Env& env, std::string include_file, std::string exclude_file)
      : env_(env), include_file_(std::move(include_file)), exclude_file_(std::move(exclude_file)) {}

  // Reads both files. An error names the file; then the lists are what they were.
  Status Read();
  // kPermissionDenied naming host and file.
  Status Admit(const std::string& host, const std::string& ip) const;
  // Hosts whose trackers are to leave: those of the list, and those of `trackers` that no list admits any more.
  std::set<std::string> Excluded(const std::vector<TrackerView>& trackers) const;

 private:
  Env& env_;
  const std::string include_file_;
  const std::string exclude_file_;
  std::set<std::string> include_;
  std::set<std::string> exclude_;
};

}  // namespace mrd::jobtracker
