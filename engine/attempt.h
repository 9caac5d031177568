#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/attempt_report.h"
#include "engine/counters.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"
#include "engine/ledger.h"
#include "engine/local_runner.h"
#include "engine/manifest.h"
#include "engine/record.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

class AttemptFiles;
class NamedOutputs;
class OutputStream;
class OutputWriter;

// What the attempts of one job share. Outlives them all.
struct JobContext {
  Env& env;
  fs::Registry& file_systems;
  const CancelFlag& cancel;
  const JobDefinition& definition;
  const JobSettings& settings;
  std::string job_id;
  std::string local_dir;      // the job's own, for spills
  std::string side_file_dir;  // "" when there are none
  int maps = 0;
  int reduces = 0;
  std::atomic<bool> failed{false};  // some attempt failed: the others may stop
  std::atomic<std::uint64_t> held_bytes{0};  // of settings.shuffle_memory_bytes: map output that waits in memory
  int attempt = 0;                           // which attempt of their tasks the attempts are
  std::vector<std::string> more_local_dirs{};  // where spills go when the disk of local_dir is full; made when needed
  std::atomic<std::uint64_t> merged_records{0};  // by merges ahead of reduces: shows that they move
};

// One number of live figures per running task, read by the progress display.
struct TaskProgress {
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> bytes{0};  // of the task's input consumed
  std::atomic<bool> done{false};
};

// The host's side of one running task attempt: what a plugin's stage sees as mr_task. Map, combine and reduce attempts
// derive from it.
//
// Failure: the first Fail() counts; afterwards every call of the plugin returns MR_FAILED so that its stage unwinds.
// Threads: constructed and used on one thread, the owner. A call from another thread is noticed, refused and fails the
// attempt. DescribeRunningAttempt() may read the current record from a signal handler on the owner's thread.
class Attempt : public mr_task {
 public:
  Attempt(JobContext& job, bool is_map, int number);
  virtual ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  // Runs create, run and destroy of the stage. The result names attempt, file, offset and record on failure.
  Status RunStage(const mr_stage& stage);

  void Fail(Status why);
  bool failed() const { return failed_; }
  const Status& failure() const { return failure_; }

  const std::string& task_id() const { return task_id_; }
  const std::string& attempt_id() const { return attempt_id_; }
  int number() const { return number_; }
  bool is_map() const { return info_.is_map != 0; }
  JobContext& job() { return job_; }
  const JobContext& job_context() const { return job_; }

  // Where the attempt's files go, made when first needed. Set by the runner for attempts that write output.
  void SetOutput(std::shared_ptr<fs::FileSystem> system, const fs::Path& directory);
  bool has_output() const { return output_system_ != nullptr; }
  // A file in that directory; `name` may have directories of its own.
  Result<std::unique_ptr<OutputStream>> CreateOutput(std::string_view name, bool compress = false);
  const mr_output_format* output_format() const;
  AttemptFiles& files() { return *files_; }
  // Whether it made any: what it has to publish may be files that no writer of ours knows.
  bool made_output() const { return made_output_; }
  // What the attempt has to publish, after its writers were closed.
  std::vector<ManifestPart> parts;

  // Counters of the user, then of the framework; complete after RunStage().
  Counters TakeCounters();
  Ledger ledger;
  Counters framework;
  TaskProgress* progress = nullptr;
  AttemptReport* report = nullptr;  // set by who wants one
  // The record that the plugin stands at within its present batch, counted from 0. From any thread while the attempt lives:
  // a sign of life where a record takes long.
  std::size_t place_in_batch() const { return __atomic_load_n(&batch_.current, __ATOMIC_RELAXED); }

  // The number of the record within the split, of a reduce that of the group, from 0, that the plugin works on; none before
  // the first, after the last, and where the plugin does not work on records of the task. From any thread, and
  // async-signal-safe.
  virtual std::optional<std::uint64_t> StandsAt() const { return std::nullopt; }
  // The one at which the plugin failed, if it was a record that it failed at: not a disk, not a combiner.
  std::optional<std::uint64_t> culprit() const { return culprit_; }

  // Writes where the attempt stands, for messages: file, offset, record as text and hex, cut. Async-signal-safe.
  std::size_t DescribePlace(char* out, std::size_t capacity) const;

  static Attempt& Of(mr_task* task) { return static_cast<Attempt&>(*task); }
  // What the fast paths check first. A thread's own address serves as its identity: one instruction to read.
  bool OnOwnThread() const { return owner_ == __builtin_thread_pointer(); }
  int32_t RefuseForeignThread();
  // True when the job was cancelled or another attempt failed; the attempt then fails too.
  bool ShouldStop();

 protected:
  virtual mr_batch* NextBatch();
  virtual int32_t NextGroup(mr_bytes* key);
  virtual int32_t NextValue(mr_bytes* key, mr_bytes* value);

  // Hands the counters to who asked for them. To be called often; costs next to nothing while nobody asks.
  void Report() {
    if (report != nullptr && report->asked()) [[unlikely]] report->Publish(LiveCounters());
  }
  virtual Counters LiveCounters() const { return AllCounters(); }
  Counters AllCounters() const;

  // Closes the writers of part file (may be nullptr) and named outputs and counts what they wrote.
  Status FinishOutput(OutputWriter* part);

  mr_task_info info_{};
  mr_batch batch_{};           // the records now with the plugin
  std::string input_file_;     // of the batch
  std::unique_ptr<NamedOutputs> named_outputs_;
  std::shared_ptr<fs::FileSystem> output_system_;
  fs::Path output_dir_;
  std::string output_dir_text_;
  std::unique_ptr<AttemptFiles> files_;

 private:
  struct Api;
  friend struct Api;
  // Hadoop's task-side names, such as mapreduce.task.partition.
  std::optional<std::string> TaskProperty(std::string_view key) const;

  JobContext& job_;
  void* const owner_;
  const int number_;
  std::string task_id_;
  std::string attempt_id_;
  Status failure_;
  std::optional<std::uint64_t> culprit_;
  bool failed_ = false;
  bool made_output_ = false;
  std::atomic<bool> foreign_call_{false};
  std::map<std::pair<std::string, std::string>, std::int64_t, std::less<>> cells_;
  std::map<std::string, std::string, std::less<>> conf_values_;
  std::string status_;
};

// Which attempt this thread is in, for crash reports. Sets it for its life.
class RunningAttempt {
 public:
  explicit RunningAttempt(const Attempt* attempt);
  ~RunningAttempt();

 private:
  const Attempt* outer_;
};

}  // namespace mrd::engine
