#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// What attempts printed: DIR/<job>/<attempt>/{stdout,stderr,...}, kept for a time after the job. The tracker reads it
// for pages and failures, the worker writes it and bounds it. Calls touch the disk but for AttemptDir(). Thread-safe.
class TaskLogs {
 public:
  // `env` and `clock` must outlive it.
  TaskLogs(Env& env, Clock& clock, std::string dir, std::chrono::milliseconds retained)
      : env_(env), clock_(clock), dir_(std::move(dir)), retained_(retained) {}

  std::string JobDir(const std::string& job_id) const { return dir_ + "/" + job_id; }
  // REQUIRES: a well-formed attempt id. "" for any other text, which may come from a page's address.
  std::string AttemptDir(const std::string& attempt_id) const;
  Status Prepare(const std::string& attempt_id);
  // The job is over: its logs are removed so long from now.
  void Ended(const std::string& job_id, std::chrono::milliseconds retained);
  // Removes what has had its time, of all jobs but those that run. Logs of a job whose end nobody noted have it from
  // their last change on.
  void Sweep(const std::set<std::string>& running);

  // The last lines of a file of an attempt, at most so many bytes; "" when there is none.
  std::string Tail(const std::string& attempt_id, const std::string& file, std::size_t bytes_max) const;

 private:
  Env& env_;
  Clock& clock_;
  const std::string dir_;
  const std::chrono::milliseconds retained_;
};

}  // namespace mrd::tasktracker
