#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/attempt.h"
#include "engine/output_claim.h"

namespace mrd::engine {

// How a job's output comes to be seen: nothing, then everything.
//
// An attempt writes below OUT/_temporary/0/_temporary/<attempt>. Committing a task renames that directory to
// OUT/_temporary/0/<task>; committing the job moves the files of all tasks into OUT, writes
// _SUCCESS, and removes _temporary. A failure before that removes OUT. A reader that trusts _SUCCESS never sees half a job.
//
// While a job runs on a local file system it holds a lock below _temporary, so a later run can tell an output that
// a killed process left behind (and clears it) from one that is being written (and refuses). On other file systems a file
// there says whose the output is (output_claim.h).
// In a cluster the steps are made by processes of several machines: the client makes Setup(), workers CommitTask(), each
// when it was told that its attempt is the one to be published, and a last one CommitJob() or Abort(). Each of these may
// find what a process left that was lost in the middle of the same step, and takes it from there.
//
// Threads: AttemptDir and CommitTask from any; the rest from the runner's.
class OutputCommitter {
 public:
  // Attempts write below OUT/_temporary/<generation>, so that what two runs of a whole job write at once does not mix.
  OutputCommitter(JobContext& job, std::shared_ptr<fs::FileSystem> system, fs::Path output, int generation = 0);
  ~OutputCommitter();

  // kAlreadyExists: "Output directory … already exists". For outputs that are claimed: who submits the job, and whose
  // claims pass on, see output_claim.h.
  Status Setup(const std::string& sender = "", const ClaimJudge& abandoned = nullptr);
  const fs::Path& output() const { return output_; }
  std::shared_ptr<fs::FileSystem> system() const { return system_; }
  fs::Path AttemptDir(const std::string& attempt_id) const;
  // Another process has made Setup(): the output is there, and Abort() may remove it.
  void Adopt() { made_output_ = true; }
  // `superseded` are ids of attempts that were told before that they were the one. What they have left is removed first,
  // so that one of them that still lives has nothing to publish.
  Status CommitTask(const Attempt& attempt, const std::vector<std::string>& superseded = {});
  // Removes what an attempt to run the whole job has published before it was lost, unless it was complete.
  Status ClearPublished();
  // Removes what an attempt has written. Never fails: what is left goes with the job.
  void DropAttempt(const std::string& attempt_id);
  // `manifest` is the content of _SUCCESS; nullptr: write none.
  Status CommitJob(const std::vector<std::string>& task_ids, const std::string* manifest);
  // Removes what was made. Fails if something is left: what cannot be removed is named in the result.
  Status Abort();

  std::string temporary_dir() const { return Root().ToString(); }

 private:
  fs::Path Root() const;  // OUT/_temporary
  fs::Path TaskDir(const std::string& task_id) const;
  Status ClearStale();
  Status Publish(const fs::Path& from, const fs::Path& to);
  Status Call(int32_t (*step)(void*, const mr_commit*), const std::string& attempt_dir, const std::string& task_id);

  JobContext& job_;
  std::shared_ptr<fs::FileSystem> system_;
  const fs::Path output_;
  const std::string generation_;
  std::unique_ptr<File> lock_;
  bool made_output_ = false;
  std::optional<int> claim_;  // the number of ours, which may have passed on
};

}  // namespace mrd::engine
