#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/net/runtime.h"
#include "jobtracker/web/upload.h"

namespace mrd::jobtracker {

struct JobPlannerOptions {
  bool enabled = false;
  std::string program;    // `mr`; it runs as a process of its own, since it loads somebody else's plugin
  std::string directory;  // ours alone; what lies there is removed
  std::map<std::string, std::string> site;  // the properties that the program starts from
  std::int64_t timeout_ms = 60'000;
};

// Plans jobs that come over HTTP and submits them: lays out what came in a directory, has `mr __submit-planned` do what a
// client does, and reads what came of it. Two at a time; further ones are refused.
// Threads: Submit() and Stop() on one executor; the process is waited for on a pool of its own.
class JobPlanner {
 public:
  // `env` must outlive it.
  JobPlanner(Env& env, Logger log, JobPlannerOptions options);

  // Removes what an earlier life left. Before the first Submit().
  Status Start();
  // The job's id. As web::View::PlanAndSubmit(); kDeadlineExceeded after the timeout, when the process was ended.
  net::awaitable<Result<std::string>> Submit(std::string user, const web::JobUpload& upload);
  // Running processes are ended; what they had submitted stays submitted.
  void Stop() { stopping_ = true; }

 private:
  Result<std::string> Run(const std::string& user, const web::JobUpload& upload, const std::string& directory);
  Status LayOut(const web::JobUpload& upload, const std::string& directory) const;
  Result<int> Launch(const std::string& user, const std::string& directory) const;
  // What the process said, or that it ended without a word.
  Result<std::string> Outcome(const std::string& directory, int wait_status) const;

  Env& env_;
  const Logger log_;
  const JobPlannerOptions options_;
  std::uint64_t last_number_ = 0;
  std::size_t running_ = 0;
  std::atomic<bool> stopping_ = false;
  net::BlockingPool pool_;
};

}  // namespace mrd::jobtracker
