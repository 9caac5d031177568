#include "engine/committer.h"

#include "common/base/clock.h"
#include "engine/record.h"

namespace mrd::engine {

namespace {

constexpr std::string_view kTemporary = "_temporary";
constexpr std::string_view kLockName = ".lock";
constexpr std::string_view kSuccess = "_SUCCESS";

// What a plugin's committer step may do besides answering.
struct StepHost {
  Status failure;
};

}  // namespace

OutputCommitter::OutputCommitter(JobContext& job,
                                 std::shared_ptr<fs::FileSystem> system,
                                 fs::Path output,
                                 int generation)
    : job_(job),
      system_(std::move(system)),
      output_(std::move(output)),
      generation_(std::to_string(generation)) {}

OutputCommitter::~OutputCommitter() = default;

fs::Path OutputCommitter::Root() const { return output_.Child(kTemporary); }
fs::Path OutputCommitter::AttemptDir(const std::string& attempt_id) const {
  return Root().Child(generation_).Child(kTemporary).Child(attempt_id);
}
fs::Path OutputCommitter::TaskDir(const std::string& task_id) const { return Root().Child(generation_).Child(task_id); }

// Removes an output whose process is gone: it holds a _temporary that nobody locks, and no _SUCCESS.
Status OutputCommitter::ClearStale() {
  const Status exists = AlreadyExists("Output directory " + output_.ToString() +
                                      " already exists; choose another or remove it first");
  Result<std::vector<fs::FileStatus>> entries = system_->List(output_);
  if (!entries.ok()) return exists;
  for (const fs::FileStatus& entry : *entries) {
    if (entry.path.name() == kSuccess) return exists;
  }
  const std::string lock_path = Root().Child(kLockName).path();
  if (Result<bool> there = Exists(job_.env, lock_path); !there.ok() || !*there) return exists;
  Result<std::unique_ptr<File>> lock = job_.env.Lock(lock_path);
  if (!lock.ok()) {
    return AlreadyExists("Output directory " + output_.ToString() + " already exists: another job is writing to it");
  }
  MRD_ASSIGN_OR_RETURN(const bool removed, system_->Delete(output_, /*recursive=*/true));
  static_cast<void>(removed);
  return Status::Ok();
}

Status OutputCommitter::Setup(const std::string& sender, const ClaimJudge& abandoned) {
  if (system_->scheme() == "file") {
    Result<fs::FileStatus> there = system_->Stat(output_);
    if (there.ok()) {
      MRD_RETURN_IF_ERROR(ClearStale());
    } else if (there.status().code() != Code::kNotFound) {
      return there.status();
    }
    made_output_ = true;
    MRD_RETURN_IF_ERROR(system_->Mkdirs(Root().Child(generation_)));
    MRD_ASSIGN_OR_RETURN(lock_, job_.env.Lock(Root().Child(kLockName).path()));
  } else {
    const Claimant mine = {.job = job_.job_id, .run = "", .sender = sender, .made_ms = Clock::System().WallMillis()};
    MRD_ASSIGN_OR_RETURN(claim_, TakeClaim(*system_, output_, mine, abandoned));
    made_output_ = true;
    MRD_RETURN_IF_ERROR(system_->Mkdirs(Root().Child(generation_)));
  }
  const auto& committer = job_.definition.committer;
  return Call(committer ? committer->setup_job : nullptr, "", "");
}

Status OutputCommitter::Call(int32_t (*step)(void*, const mr_commit*),
                             const std::string& attempt_dir,
                             const std::string& task_id) {
  if (step == nullptr) return Status::Ok();
  StepHost host;
  const std::string output = output_.ToString();
  mr_commit commit{};
  commit.size = sizeof(commit);
  commit.host = &host;
  commit.fail = [](const mr_commit* c, mr_bytes message) {
    static_cast<StepHost*>(c->host)->failure = Internal(std::string(ToView(message)));
  };
  commit.output_dir = ToBytes(output);
  commit.attempt_dir = ToBytes(attempt_dir);
  commit.task_id = ToBytes(task_id);
  const int32_t outcome = step(job_.definition.committer->self, &commit);
  if (!host.failure.ok()) return std::move(host.failure).WithContext("the plugin's committer");
  if (outcome != MR_OK) return Internal("the plugin's committer failed without saying why");
  return Status::Ok();
}

Status OutputCommitter::CommitTask(const Attempt& attempt, const std::vector<std::string>& superseded) {
  const fs::Path from = AttemptDir(attempt.attempt_id());
  const auto& committer = job_.definition.committer;
  MRD_RETURN_IF_ERROR(
      Call(committer ? committer->commit_task : nullptr, from.ToString(), attempt.task_id()));
  // First the attempts' own directories: without them none can be renamed to the task's place any more.
  for (const std::string& earlier : superseded) {
    MRD_RETURN_IF_ERROR(system_->Delete(AttemptDir(earlier), /*recursive=*/true).status());
  }
  if (!superseded.empty()) {
    MRD_RETURN_IF_ERROR(system_->Delete(TaskDir(attempt.task_id()), /*recursive=*/true).status());
  }
  if (attempt.parts.empty()) {
    Result<fs::FileStatus> made = system_->Stat(from);
    if (!made.ok()) return made.status().code() == Code::kNotFound ? Status::Ok() : made.status();
  }
  const fs::Path to = TaskDir(attempt.task_id());
  Status moved = system_->Rename(from, to);
  if (moved.code() != Code::kAlreadyExists) return moved;
  // One that was the one before and was lost after this very step.
  MRD_RETURN_IF_ERROR(system_->Delete(to, /*recursive=*/true).status());
  return system_->Rename(from, to);
}

Status OutputCommitter::ClearPublished() {
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> entries, system_->List(output_));
  for (const fs::FileStatus& entry : entries) {
    if (entry.path.name() == kSuccess) return Status::Ok();
  }
  for (const fs::FileStatus& entry : entries) {
    if (entry.path.name() == kTemporary) continue;
    MRD_RETURN_IF_ERROR(system_->Delete(output_.Child(entry.path.name()), /*recursive=*/true).status());
  }
  return Status::Ok();
}

void OutputCommitter::DropAttempt(const std::string& attempt_id) {
  static_cast<void>(system_->Delete(AttemptDir(attempt_id), /*recursive=*/true).ok());
}

// Moves what lies in `from` to the same names below `to`.
Status OutputCommitter::Publish(const fs::Path& from, const fs::Path& to) {
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> entries, system_->List(from));
  for (const fs::FileStatus& entry : entries) {
    const fs::Path target = to.Child(entry.path.name());
    if (entry.is_directory) {
      MRD_RETURN_IF_ERROR(system_->Mkdirs(target));
      MRD_RETURN_IF_ERROR(Publish(from.Child(entry.path.name()), target));
    } else {
      MRD_RETURN_IF_ERROR(system_->Rename(from.Child(entry.path.name()), target));
    }
  }
  return Status::Ok();
}

Status OutputCommitter::CommitJob(const std::vector<std::string>& task_ids, const std::string* manifest) {
  if (job_.attempt > 0 && manifest != nullptr && system_->Stat(output_.Child(kSuccess)).ok()) {
    // An earlier attempt came as far as its last step but could not say so.
    static_cast<void>(system_->Delete(Root(), /*recursive=*/true).ok());
    return Status::Ok();
  }
  for (const std::string& task : task_ids) {
    const fs::Path from = TaskDir(task);
    Result<fs::FileStatus> there = system_->Stat(from);
    if (!there.ok() && there.status().code() == Code::kNotFound) continue;  // it wrote nothing
    MRD_RETURN_IF_ERROR(there.status());
    MRD_RETURN_IF_ERROR(Publish(from, output_));
  }
  const auto& committer = job_.definition.committer;
  MRD_RETURN_IF_ERROR(Call(committer ? committer->commit_job : nullptr, "", ""));
  if (manifest != nullptr) {
    // Under another name first: a _SUCCESS is whole or not there.
    const fs::Path draft = Root().Child("_SUCCESS");
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<fs::OutputFile> file, system_->Create(draft, /*overwrite=*/true));
    MRD_RETURN_IF_ERROR(file->Append(manifest->data(), manifest->size()));
    MRD_RETURN_IF_ERROR(file->Close());
    MRD_RETURN_IF_ERROR(system_->Rename(draft, output_.Child(kSuccess)));
  }
  // Last: up to here a later run can tell from _temporary that this output was never finished. The job has succeeded
  // even if this fails, since readers ignore the name.
  lock_.reset();
  static_cast<void>(system_->Delete(Root(), /*recursive=*/true).ok());
  return Status::Ok();
}

Status OutputCommitter::Abort() {
  if (!made_output_) return Status::Ok();
  if (claim_ && HasPassedOn(*system_, output_, *claim_)) return Status::Ok();  // what is there is not ours
  const auto& committer = job_.definition.committer;
  Status called = Call(committer ? committer->abort_job : nullptr, "", "");
  lock_.reset();
  Result<bool> removed = system_->Delete(output_, /*recursive=*/true);
  if (!removed.ok()) return removed.status();
  return called;
}

}  // namespace mrd::engine
