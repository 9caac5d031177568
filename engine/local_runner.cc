#include "engine/local_runner.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>

#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "engine/committer.h"
#include "engine/ids.h"
#include "engine/input_plan.h"
#include "engine/drop_behind.h"
#include "engine/job_definition.h"
#include "engine/job_dir.h"
#include "engine/job_plan.h"
#include "engine/job_records.h"
#include "engine/job_settings.h"
#include "engine/job_table.h"
#include "engine/job_manifest.h"
#include "engine/manifest.h"
#include "engine/map_attempt.h"
#include "engine/partitioner.h"
#include "engine/process_usage.h"
#include "engine/reduce_attempt.h"
#include "engine/sampler.h"
#include "engine/side_files.h"
#include "engine/spent_space.h"
#include "engine/task_pool.h"
#include "engine/task_retries.h"

namespace mrd::engine {

namespace {

// From here on no task's output is too little for memory.
constexpr std::uint64_t kLargeInput = std::uint64_t{8} << 20;

double Seconds(std::int64_t nanos) { return static_cast<double>(nanos) / 1e9; }

// "job_local1804289383_0001": unlike those of other processes, as far as chance goes.
std::string NewJobId() {
  static std::atomic<int> number{0};
  std::uint64_t seed = static_cast<std::uint64_t>(Clock::System().WallMillis()) << 22 ^
                       static_cast<std::uint64_t>(::getpid());
  char id[64];
  std::snprintf(id, sizeof(id), "job_local%llu_%04d",
                static_cast<unsigned long long>(SplitMix64(seed) % 10000000000u), number.fetch_add(1) + 1);
  return id;
}

// One run of one job: its phases in order, each of which may fail.
class JobRun {
 public:
  JobRun(Env& env, fs::Registry& file_systems, const CancelFlag& cancel, const JobRequest& request, JobMonitor& monitor)
      : env_(env),
        file_systems_(file_systems),
        cancel_(cancel),
        request_(request),
        host_(request.host),
        monitor_(monitor),
        usage_(file_systems) {}

  JobResult Run() {
    const std::int64_t begin = clock_.MonotonicNanos();
    result_.job_id = host_ == nullptr ? NewJobId() : host_->job_id;
    result_.status = Execute();
    if (!result_.status.ok() && committer_ != nullptr) {
      Status cleaned = committer_->Abort();
      if (!cleaned.ok()) {
        result_.status = Status(result_.status.code(), result_.status.message() + "; and cleaning up failed too: " +
                                                           cleaned.message());
      }
    }
    CountJob();
    result_.seconds = Seconds(clock_.MonotonicNanos() - begin);
    return std::move(result_);
  }

 private:
  Status Execute() {
    const JobMark mark;
    MRD_ASSIGN_OR_RETURN(definition_, JobDefinition::Make(request_));
    MRD_ASSIGN_OR_RETURN(settings_, JobSettings::Read(definition_->config()));
    result_.job_name = settings_.job_name.empty() ? definition_->name : settings_.job_name;
    MRD_ASSIGN_OR_RETURN(JobOutput output, FindOutput(*definition_, request_, file_systems_));
    has_output_ = static_cast<bool>(output);
    if (has_output_) result_.output = output.path.ToString();
    MRD_RETURN_IF_ERROR(CheckInputNamed(*definition_, request_));
    if (host_ == nullptr) MRD_RETURN_IF_ERROR(CheckOutputFree(output));
    MRD_ASSIGN_OR_RETURN(plan_, PlanInput(*definition_, settings_, request_, file_systems_));
    MRD_RETURN_IF_ERROR(CheckOutputNotInInput(output, plan_, file_systems_));
    output_ = std::move(output.path);
    output_system_ = std::move(output.system);
    monitor_.InputListed(plan_.files);
    monitor_.Planned(static_cast<int>(plan_.splits.size()));

    const std::vector<std::string>& local_dirs = host_ == nullptr ? settings_.local_dirs : host_->local_dirs;
    MRD_ASSIGN_OR_RETURN(job_dirs_, JobDirs::Create(env_, local_dirs, result_.job_id));
    context_.reset(new JobContext{.env = env_,
                                  .file_systems = file_systems_,
                                  .cancel = cancel_,
                                  .definition = *definition_,
                                  .settings = settings_,
                                  .job_id = result_.job_id,
                                  .local_dir = job_dirs_->first(),
                                  .side_file_dir = "",
                                  .maps = static_cast<int>(plan_.splits.size()),
                                  .reduces = settings_.reduces,
                                  .attempt = host_ == nullptr ? 0 : host_->attempt,
                                  .more_local_dirs = job_dirs_->others()});
    result_.maps = context_->maps;
    result_.reduces = context_->reduces;
    MRD_RETURN_IF_ERROR(PlaceSide());

    TaskMemory sample_memory(settings_.task_memory_bytes);
    std::vector<std::string> cuts;
    if (host_ != nullptr && !host_->cuts.empty()) {
      cuts = host_->cuts;
    } else if (definition_->partition_kind == MR_PARTITION_RANGE && !definition_->partitioner) {
      MRD_ASSIGN_OR_RETURN(cuts, SampleCutPoints(*context_, plan_, sample_memory));
    }
    partitioner_ = std::make_unique<Partitioner>(*definition_, context_->reduces, std::move(cuts));

    std::unique_ptr<Leftover> leftover;
    if (has_output_ && host_ != nullptr) {
      // Made by whoever submitted the job; a failed attempt leaves it to the next.
      committer_ = std::make_unique<OutputCommitter>(*context_, output_system_, output_, host_->attempt);
    } else if (has_output_) {
      committer_ = std::make_unique<OutputCommitter>(*context_, output_system_, output_);
      MRD_RETURN_IF_ERROR(committer_->Setup());
      if (output_system_->scheme() == "file") leftover = std::make_unique<Leftover>(output_.path());
    }
    monitor_.JobStarted(result_.job_id, result_.job_name);
    monitor_.Notice("Job " + result_.job_id + " (" + result_.job_name + ") runs in this process");

    const std::int64_t map_begin = clock_.MonotonicNanos();
    MRD_RETURN_IF_ERROR(RunMaps());
    const std::int64_t reduce_begin = clock_.MonotonicNanos();
    result_.map_seconds = Seconds(reduce_begin - map_begin);
    if (context_->reduces > 0) MRD_RETURN_IF_ERROR(RunReduces());
    result_.reduce_seconds = Seconds(clock_.MonotonicNanos() - reduce_begin);
    if (cancel_.set()) return Cancelled("interrupted");
    return Commit();
  }

  Status PlaceSide() {
    if (host_ != nullptr) {
      context_->side_file_dir = host_->side_file_dir;
      return Status::Ok();
    }
    if (settings_.side_files.empty() && settings_.side_archives.empty()) return Status::Ok();
    const std::string directory = job_dirs_->first() + "/side";
    MRD_RETURN_IF_ERROR(env_.CreateDir(directory, 0700));
    MRD_RETURN_IF_ERROR(PlaceSideFiles(env_, file_systems_, settings_, directory));
    context_->side_file_dir = directory;
    return Status::Ok();
  }

  // Books a failed attempt, which is destroyed, of a task that runs again: what it wrote goes, since the next one's files
  // have the same names. Called from any worker.
  Status Forget(const std::string& attempt_id, bool is_map, int number, const Status& why) {
    if (committer_ != nullptr) committer_->DropAttempt(attempt_id);
    char begin[32];
    std::snprintf(begin, sizeof(begin), is_map ? "spill_m_%06d_" : "merge_r_%06d_", number);
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> files, env_.ListDir(context_->local_dir));
    for (const FileInfo& file : files) {
      if (file.name.starts_with(begin)) MRD_RETURN_IF_ERROR(env_.RemoveFile(context_->local_dir + "/" + file.name));
    }
    const std::lock_guard lock(mutex_);
    result_.counters.Add(kJobGroup, is_map ? "NUM_FAILED_MAPS" : "NUM_FAILED_REDUCES", 1);
    monitor_.AttemptFailed(attempt_id, why);
    return Status::Ok();
  }

  // Books a finished attempt. Called from any worker.
  Status Finish(Attempt& attempt, Status ran) {
    if (ran.ok() && committer_ != nullptr) ran = committer_->CommitTask(attempt);
    const std::lock_guard lock(mutex_);
    if (!ran.ok()) {
      context_->failed.store(true);
      if (ran.code() != Code::kCancelled) {
        result_.counters.Add(kJobGroup, attempt.is_map() ? "NUM_FAILED_MAPS" : "NUM_FAILED_REDUCES", 1);
        monitor_.AttemptFailed(attempt.attempt_id(), ran);
      }
      return ran;
    }
    result_.counters.Merge(attempt.TakeCounters());
    if (Status limit = CheckCounterLimits(); !limit.ok()) {
      context_->failed.store(true);
      return limit;
    }
    result_.ledger.Merge(attempt.ledger);
    for (ManifestPart& part : attempt.parts) parts_.push_back(std::move(part));
    task_ids_.push_back(attempt.task_id());
    return ran;
  }

  // Each attempt minds the limits itself; here it is those of all together.
  Status CheckCounterLimits() const {
    const Counters::UserSize size = result_.counters.user_size();
    const auto refuse = [](const char* what, std::int64_t count, const char* setting, std::int64_t limit) {
      return ResourceExhausted("the tasks made " + std::to_string(count) + " " + what + " of their own (limit " +
                               std::to_string(limit) + "; raise " + setting + " if that is meant)");
    };
    if (size.counters > settings_.counters_max) {
      return refuse("counters", size.counters, "mapreduce.job.counters.max", settings_.counters_max);
    }
    if (size.groups > settings_.counter_groups_max) {
      return refuse("counter groups", size.groups, "mapreduce.job.counters.groups.max", settings_.counter_groups_max);
    }
    return Status::Ok();
  }

  Status RunMaps() {
    const int maps = context_->maps;
    const int threads = std::min(settings_.map_threads, std::max(maps, 1));
    std::vector<TaskMemory> memory;
    const std::shared_ptr<JobTable> job_table = MakeJobTable();
    const std::shared_ptr<JobRecords> job_records = MakeJobRecords(threads);
    for (int i = 0; i < threads; ++i) {
      memory.emplace_back(settings_.task_memory_bytes, job_table.get(),
                          job_records == nullptr ? nullptr : &job_records->writer(i));
    }
    const bool drop_behind = ShouldDropBehind(settings_, *definition_, plan_);
    std::vector<TaskProgress> progress(static_cast<std::size_t>(maps));
    std::vector<std::vector<SpillFile>> spills(static_cast<std::size_t>(maps));
    const auto run = [&](int number, int worker) {
      const auto at = static_cast<std::size_t>(number);
      const std::int64_t begin = clock_.MonotonicNanos();
      for (TaskRetries retries(settings_, /*is_map=*/true);;) {
        std::optional<MapAttempt> attempt(std::in_place, *context_, number, plan_.splits[at], *partitioner_,
                                          memory[static_cast<std::size_t>(worker)]);
        attempt->progress = &progress[at];
        attempt->LeaveOut(retries.LeftOut());
        if (has_output_) attempt->SetOutput(output_system_, committer_->AttemptDir(attempt->attempt_id()));
        Status ran = attempt->Run();
        if (!ran.ok() && retries.Again(attempt->culprit())) {
          const std::string id = attempt->attempt_id();
          attempt.reset();
          MRD_RETURN_IF_ERROR(Forget(id, /*is_map=*/true, number, ran));
          continue;
        }
        spills[at] = attempt->TakeSpills();
        map_nanos_.fetch_add(clock_.MonotonicNanos() - begin);
        progress[at].done.store(true);
        if (drop_behind) DropBehind(file_systems_, plan_.splits[at]);
        return Finish(*attempt, std::move(ran));
      }
    };
    const auto tick = [&] {
      monitor_.Progress(Measure(progress, JobProgress::Stage::kMap, plan_.bytes));
    };
    MRD_RETURN_IF_ERROR(RunTasks(maps, threads, run, tick));
    if (job_table != nullptr) MRD_RETURN_IF_ERROR(DrainInto(job_table, memory, threads));
    if (job_records != nullptr) {
      for (TaskMemory& one : memory) one.Release();
      MRD_RETURN_IF_ERROR(OrderRecords(job_records, threads, &spills));
    }
    monitor_.Progress(Measure(progress, JobProgress::Stage::kMap, plan_.bytes));
    for (std::vector<SpillFile>& of_map : spills) {
      for (SpillFile& spill : of_map) {
        if (spill.held != nullptr || spill.ordered.entries != nullptr) {
          for (const SegmentRange& segment : spill.segments) held_bytes_ += segment.bytes;
        }
        spills_.push_back(std::move(spill));
      }
    }
    return Status::Ok();
  }

  // Where the maps' integers are combined by key, in jobs that let the engine do that and have memory beside that of
  // their tasks. An attempt cannot take back what it put there; here that is right, since a failed one ends the job.
  // The plugin's own partitioner or comparator is called within an attempt only, which its failure can be said of.
  std::shared_ptr<JobTable> MakeJobTable() {
    const auto& combiner = definition_->combiner;
    if (settings_.skip_map_records != 0) return nullptr;  // a failed attempt does not end the job
    if (!combiner || combiner->builtin == MR_BUILTIN_NONE || context_->reduces == 0) return nullptr;
    if (definition_->partitioner || definition_->sort_comparator || definition_->prefix != nullptr) return nullptr;
    if (settings_.shuffle_memory_bytes == 0) return nullptr;
    // The other half is for sorting the table.
    return std::make_shared<JobTable>(combiner->builtin, settings_.shuffle_memory_bytes / 2, context_->held_bytes);
  }

  // Where map output waits that is only to be sorted. As above, a failed attempt ends the job, and the plugin's comparator
  // is not called here.
  std::shared_ptr<JobRecords> MakeJobRecords(int threads) {
    if (settings_.skip_map_records != 0) return nullptr;  // as above
    if (definition_->combiner || definition_->sort_comparator || context_->reduces == 0) return nullptr;
    if (settings_.shuffle_memory_bytes == 0) return nullptr;
    try {
      return std::make_shared<JobRecords>(settings_.shuffle_memory_bytes, context_->reduces, threads,
                                          plan_.bytes >= kLargeInput, context_->held_bytes);
    } catch (const std::bad_alloc&) {
      return nullptr;  // a process with little address space: each task's output is held or spilled then
    }
  }

  // Sorts what was put into the job's records. Each map's spill comes before what else the map has left, since it came
  // first. The one spill of all maps can stand for them only if they left nothing else: pairs of equal keys are in the
  // order of their maps.
  Status OrderRecords(const std::shared_ptr<JobRecords>& job_records,
                      int threads,
                      std::vector<std::vector<SpillFile>>* spills) {
    const bool joint = std::all_of(spills->begin(), spills->end(), [](const auto& of_map) { return of_map.empty(); });
    MRD_ASSIGN_OR_RETURN(std::vector<SpillFile> ordered, job_records->Order(job_records, joint, threads));
    for (SpillFile& spill : ordered) {
      std::vector<SpillFile>& of_map = (*spills)[static_cast<std::size_t>(spill.map)];
      of_map.insert(of_map.begin(), std::move(spill));
    }
    return Status::Ok();
  }

  // Takes what the workers' tables still hold, and makes the job's table the first of the spills.
  Status DrainInto(const std::shared_ptr<JobTable>& job_table, std::vector<TaskMemory>& memory, int threads) {
    Ledger& ledger = result_.ledger;
    std::uint64_t records = 0;
    for (std::size_t worker = 0; worker < memory.size(); ++worker) {
      KeyTable* const table = memory[worker].kept_table();
      if (table == nullptr || table->used() == 0 || job_table->Pour(*table)) continue;
      records += table->used();
      MRD_ASSIGN_OR_RETURN(
          std::unique_ptr<SpillWriter> writer,
          SpillWriter::Create(env_, context_->local_dir + "/spill_w_" + std::to_string(worker) + ".out",
                              context_->reduces, settings_.compress_map_output));
      MRD_RETURN_IF_ERROR(WriteInt64Table(*table, memory[worker].table_order(), *partitioner_, KeyOrder(), *writer));
      MRD_ASSIGN_OR_RETURN(SpillFile spill, writer->Finish());
      ledger.combine_bytes += writer->payload_bytes();
      ledger.spill_bytes += writer->bytes_written();
      spills_.push_back(std::move(spill));
    }
    for (TaskMemory& one : memory) one.Release();
    result_.counters.Add(kTaskGroup, "SPILLED_RECORDS", static_cast<std::int64_t>(records));

    std::uint64_t payload_bytes = 0;
    MRD_ASSIGN_OR_RETURN(SpillFile ordered, job_table->Order(job_table, *partitioner_, threads, &payload_bytes));
    std::uint64_t bytes = 0;
    for (const SegmentRange& segment : ordered.segments) {
      records += segment.records;
      bytes += segment.bytes;
    }
    ledger.combine_bytes += payload_bytes;
    held_bytes_ += bytes;
    result_.counters.Add(kTaskGroup, "COMBINE_OUTPUT_RECORDS", static_cast<std::int64_t>(records));
    result_.counters.Add(kTaskGroup, "MAP_OUTPUT_MATERIALIZED_BYTES", static_cast<std::int64_t>(bytes));
    spills_.push_back(std::move(ordered));
    return Status::Ok();
  }

  Status RunReduces() {
    const int reduces = context_->reduces;
    const int threads = std::min(settings_.reduce_threads, reduces);
    std::vector<TaskProgress> progress(static_cast<std::size_t>(reduces));
    const std::uint64_t total = result_.ledger.combine_bytes;
    // Where a reduce is not run again, what it has merged is not needed any more.
    const auto spent = settings_.skip_reduce_groups == 0 ? std::make_shared<SpentSpace>() : nullptr;
    for (SpillFile& spill : spills_) spill.spent = spill.file == nullptr ? nullptr : spent;
    const auto run = [&](int number, int) {
      const std::int64_t begin = clock_.MonotonicNanos();
      for (TaskRetries retries(settings_, /*is_map=*/false);;) {
        std::optional<ReduceAttempt> attempt(std::in_place, *context_, number, spills_);
        attempt->progress = &progress[static_cast<std::size_t>(number)];
        attempt->LeaveOut(retries.LeftOut());
        if (has_output_) attempt->SetOutput(output_system_, committer_->AttemptDir(attempt->attempt_id()));
        Status ran = attempt->Run();
        if (!ran.ok() && retries.Again(attempt->culprit())) {
          const std::string id = attempt->attempt_id();
          attempt.reset();
          MRD_RETURN_IF_ERROR(Forget(id, /*is_map=*/false, number, ran));
          continue;
        }
        reduce_nanos_.fetch_add(clock_.MonotonicNanos() - begin);
        progress[static_cast<std::size_t>(number)].done.store(true);
        return Finish(*attempt, std::move(ran));
      }
    };
    const auto tick = [&] { monitor_.Progress(Measure(progress, JobProgress::Stage::kReduce, total)); };
    MRD_RETURN_IF_ERROR(RunTasks(reduces, threads, run, tick));
    spills_.clear();
    return Status::Ok();
  }

  JobProgress Measure(const std::vector<TaskProgress>& tasks, JobProgress::Stage stage, std::uint64_t total) const {
    JobProgress now;
    now.stage = stage;
    now.total_bytes = total;
    std::size_t done = 0;
    for (const TaskProgress& task : tasks) {
      now.records += task.records.load(std::memory_order_relaxed);
      now.bytes += task.bytes.load(std::memory_order_relaxed);
      if (task.done.load(std::memory_order_relaxed)) ++done;
    }
    // By bytes where they are known, by tasks otherwise; whole only when every task is done.
    double fraction = 1;
    if (done < tasks.size()) {
      const double by_tasks = static_cast<double>(done) / static_cast<double>(tasks.size());
      const double by_bytes = total == 0 ? 0 : static_cast<double>(now.bytes) / static_cast<double>(total);
      fraction = std::clamp(std::max(by_bytes, by_tasks), 0.0, 0.99);
    }
    if (stage == JobProgress::Stage::kMap) {
      now.map_fraction = fraction;
    } else {
      now.map_fraction = 1;
      // The segments lie on this machine and are merged as they are read: copy and sort are done when reduces run.
      now.reduce_fraction = done == tasks.size() ? 1 : (2 + fraction) / 3;
    }
    return now;
  }

  Status Commit() {
    JobProgress last;
    last.stage = JobProgress::Stage::kCommit;
    last.map_fraction = 1;
    last.reduce_fraction = context_->reduces > 0 ? 1 : 0;
    monitor_.Progress(last);
    if (host_ != nullptr) {
      MRD_RETURN_IF_ERROR(host_->may_publish(parts_));
      if (committer_ != nullptr && host_->attempt > 0) MRD_RETURN_IF_ERROR(committer_->ClearPublished());
    }
    result_.parts = parts_;
    if (committer_ == nullptr) return Status::Ok();
    std::sort(task_ids_.begin(), task_ids_.end());
    const std::string manifest =
        MakeManifest(*definition_, request_.plugin->sha256(), result_, std::move(parts_)).ToJson();
    MRD_RETURN_IF_ERROR(committer_->CommitJob(task_ids_, settings_.mark_success ? &manifest : nullptr));
    committer_.reset();
    return Status::Ok();
  }

  void CountJob() {
    Counters& counters = result_.counters;
    if (context_ == nullptr) return;
    counters.Add(kJobGroup, "TOTAL_LAUNCHED_MAPS", context_->maps);
    counters.Add(kJobGroup, "OTHER_LOCAL_MAPS", context_->maps);
    counters.Add(kJobGroup, "MILLIS_MAPS", map_nanos_.load() / 1000000);
    if (context_->reduces > 0) {
      counters.Add(kJobGroup, "TOTAL_LAUNCHED_REDUCES", context_->reduces);
      counters.Add(kJobGroup, "MILLIS_REDUCES", reduce_nanos_.load() / 1000000);
      for (const char* error : {"BAD_ID", "CONNECTION", "IO_ERROR", "WRONG_LENGTH", "WRONG_MAP", "WRONG_REDUCE"}) {
        counters.Add(kShuffleErrorGroup, error, 0);
      }
    }
    usage_.CountInto(counters, result_.ledger, held_bytes_);
  }

  Env& env_;
  fs::Registry& file_systems_;
  const CancelFlag& cancel_;
  const JobRequest& request_;
  const JobHost* const host_;  // nullptr: this process leads the job alone
  JobMonitor& monitor_;
  Clock& clock_ = Clock::System();
  const ProcessUsage usage_;

  JobResult result_;
  std::unique_ptr<JobDefinition> definition_;
  JobSettings settings_;
  InputPlan plan_;
  bool has_output_ = false;
  fs::Path output_;
  std::shared_ptr<fs::FileSystem> output_system_;
  std::optional<JobDirs> job_dirs_;
  std::unique_ptr<JobContext> context_;
  std::unique_ptr<Partitioner> partitioner_;
  std::unique_ptr<OutputCommitter> committer_;
  std::vector<SpillFile> spills_;
  std::uint64_t held_bytes_ = 0;  // of those of them that stayed in memory
  std::atomic<std::int64_t> map_nanos_{0};
  std::atomic<std::int64_t> reduce_nanos_{0};

  std::mutex mutex_;  // guards what Finish() books: result_, parts_, task_ids_
  std::vector<ManifestPart> parts_;
  std::vector<std::string> task_ids_;
};

}  // namespace

LocalRunner::LocalRunner(Env& env, fs::Registry& file_systems, const CancelFlag& cancel)
    : env_(env), file_systems_(file_systems), cancel_(cancel) {
  RaiseOpenFileLimit();
}

JobResult LocalRunner::Run(const JobRequest& request, JobMonitor& monitor) {
  return JobRun(env_, file_systems_, cancel_, request, monitor).Run();
}

}  // namespace mrd::engine
