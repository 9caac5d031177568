#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "engine/leftovers.h"

namespace mrd::engine {

// A job's own directory on the local disk: spills and side files. Removed with the object. While it exists it is
// locked, so that the next job can tell the directories of killed processes and remove them.
class JobDir {
 public:
  // In the first of `bases` where that works; the last reason when none does. Clears what dead processes left there.
  static Result<std::unique_ptr<JobDir>> Create(Env& env,
                                                const std::vector<std::string>& bases,
                                                const std::string& job_id);
  ~JobDir();

  const std::string& path() const { return path_; }

 private:
  JobDir(Env& env, std::string path) : env_(env), path_(std::move(path)), leftover_(path_) {}

  Env& env_;
  const std::string path_;
  Leftover leftover_;
  std::unique_ptr<File> lock_;
};

// A job's directories on all local disks that it may use: one below each configured directory where that works.
class JobDirs {
 public:
  // The last reason when none of `bases` works. Clears what dead processes left there.
  static Result<JobDirs> Create(Env& env, const std::vector<std::string>& bases, const std::string& job_id);

  const std::string& first() const { return dirs_.front()->path(); }
  std::vector<std::string> others() const;

 private:
  std::vector<std::unique_ptr<JobDir>> dirs_;  // one at least
};

}  // namespace mrd::engine
