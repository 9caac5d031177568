#include "engine/attempt.h"

#include <algorithm>
#include <cstdio>

#include "engine/attempt_files.h"
#include "engine/failure_source.h"
#include "engine/ids.h"
#include "engine/output_writer.h"

namespace mrd::engine {

struct Attempt::Api {
  static const mr_task_api kTable;

  static const mr_task_info* Info(mr_task* task) { return &Of(task).info_; }
  static mr_batch* NextBatch(mr_task* task) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread(), nullptr;
    if (self.failed_) return nullptr;
    return self.NextBatch();
  }
  static int32_t NextGroup(mr_task* task, mr_bytes* key) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread();
    return self.failed_ ? static_cast<int32_t>(MR_FAILED) : self.NextGroup(key);
  }
  static int32_t NextValue(mr_task* task, mr_bytes* key, mr_bytes* value) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread();
    return self.failed_ ? static_cast<int32_t>(MR_FAILED) : self.NextValue(key, value);
  }
  static int32_t OpenNamedOutput(mr_task* task, mr_bytes name, uint32_t* handle) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread();
    if (self.failed_) return MR_FAILED;
    if (self.named_outputs_ == nullptr) {
      self.Fail(InvalidArgument("a combiner cannot write to output \"" + std::string(ToView(name)) + "\""));
      return MR_FAILED;
    }
    Result<std::uint32_t> opened = self.named_outputs_->Find(ToView(name));
    if (!opened.ok()) return self.Fail(opened.status()), MR_FAILED;
    *handle = *opened;
    return MR_OK;
  }
  static int32_t WriteNamed(mr_task* task, uint32_t handle, mr_bytes key, mr_bytes value) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread();
    if (self.failed_) return MR_FAILED;
    if (Status written = self.named_outputs_->Write(handle, key, value); !written.ok()) {
      return self.Fail(std::move(written)), MR_FAILED;
    }
    return MR_OK;
  }
  static int64_t* Counter(mr_task* task, mr_bytes group, mr_bytes name);
  static void SetStatus(mr_task* task, mr_bytes text) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return;
    self.status_ = ToView(text);
    if (self.report == nullptr) return;
    self.report->SetStatus(self.status_);
    self.Report();
  }
  static void Progress(mr_task* task) {
    Attempt& self = Of(task);
    if (self.report == nullptr) return;
    self.report->Touch();  // from any thread of the plugin: it does no harm
    if (self.OnOwnThread()) self.Report();
  }
  static int32_t ConfGet(mr_task* task, mr_bytes name, mr_bytes* value) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread();
    const std::string_view key = ToView(name);
    auto known = self.conf_values_.find(key);
    if (known == self.conf_values_.end()) {
      std::optional<std::string> found = self.TaskProperty(key);
      if (!found) found = self.job_.definition.config().Get(key);
      if (!found) return MR_NOT_FOUND;
      known = self.conf_values_.emplace(std::string(key), std::move(*found)).first;
    }
    *value = ToBytes(known->second);
    return MR_OK;
  }
  static void Fail(mr_task* task, mr_bytes message) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) {
      self.RefuseForeignThread();
      return;
    }
    self.Fail(Internal(std::string(ToView(message))));
  }
  static int32_t Failed(mr_task* task) { return Of(task).failed_ ? 1 : 0; }
  static int32_t FileOpen(mr_task* task, mr_bytes path, mr_file** file) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread();
    return self.files_->Open(ToView(path), file);
  }
  static int32_t FileCreate(mr_task* task, mr_bytes path, mr_file** file) {
    Attempt& self = Of(task);
    if (!self.OnOwnThread()) return self.RefuseForeignThread();
    return self.files_->Create(ToView(path), file);
  }
};

const mr_task_api Attempt::Api::kTable = {
    .size = sizeof(mr_task_api),
    .version = MR_ABI_VERSION,
    .info = &Api::Info,
    .next_batch = &Api::NextBatch,
    .next_group = &Api::NextGroup,
    .next_value = &Api::NextValue,
    .named_output = &Api::OpenNamedOutput,
    .write_named = &Api::WriteNamed,
    .counter = &Api::Counter,
    .set_status = &Api::SetStatus,
    .progress = &Api::Progress,
    .conf_get = &Api::ConfGet,
    .fail = &Api::Fail,
    .failed = &Api::Failed,
    .file_open = &Api::FileOpen,
    .file_size = &AttemptFiles::Size,
    .file_read = &AttemptFiles::Read,
    .file_create = &Api::FileCreate,
    .file_write = &AttemptFiles::Write,
    .file_close = &AttemptFiles::Close,
};

int64_t* Attempt::Api::Counter(mr_task* task, mr_bytes group, mr_bytes name) {
  Attempt& self = Of(task);
  if (!self.OnOwnThread()) return self.RefuseForeignThread(), nullptr;
  const JobSettings& limits = self.job_.settings;
  std::pair<std::string, std::string> key(ToView(group), ToView(name));
  if (auto known = self.cells_.find(key); known != self.cells_.end()) return &known->second;

  const auto refuse = [&](const std::string& what, std::string_view setting, std::int64_t limit) -> int64_t* {
    self.Fail(ResourceExhausted(what + " (limit " + std::to_string(limit) + "; raise " + std::string(setting) +
                                " if that is meant)"));
    return nullptr;
  };
  if (static_cast<std::int64_t>(key.first.size()) > limits.counter_group_name_max) {
    return refuse("counter group name \"" + key.first + "\" is too long",
                  "mapreduce.job.counters.group.name.max", limits.counter_group_name_max);
  }
  if (static_cast<std::int64_t>(key.second.size()) > limits.counter_name_max) {
    return refuse("counter name \"" + key.second + "\" is too long",
                  "mapreduce.job.counters.counter.name.max", limits.counter_name_max);
  }
  if (static_cast<std::int64_t>(self.cells_.size()) >= limits.counters_max) {
    return refuse("too many counters: \"" + key.first + "\" \"" + key.second + "\" is one more",
                  "mapreduce.job.counters.max", limits.counters_max);
  }
  std::int64_t groups = 0;
  const std::string* last = nullptr;
  bool group_known = false;
  for (const auto& [cell, value] : self.cells_) {
    if (last == nullptr || *last != cell.first) ++groups;
    last = &cell.first;
    group_known = group_known || cell.first == key.first;
  }
  if (!group_known && groups >= limits.counter_groups_max) {
    return refuse("too many counter groups: \"" + key.first + "\" is one more",
                  "mapreduce.job.counters.groups.max", limits.counter_groups_max);
  }
  return &self.cells_[std::move(key)];
}

Attempt::Attempt(JobContext& job, bool is_map, int number)
    : job_(job),
      owner_(__builtin_thread_pointer()),
      number_(number),
      task_id_(TaskId(job.job_id, is_map, number)),
      attempt_id_(AttemptId(job.job_id, is_map, number, job.attempt)) {
  api = &Api::kTable;
  emit = nullptr;  // set by the derived attempt
  small = nullptr;
  flush_small = nullptr;
  files_ = std::make_unique<AttemptFiles>(*this);
  info_.size = sizeof(info_);
  info_.is_map = is_map ? 1 : 0;
  info_.attempt = job.attempt;
  info_.partition = number;
  info_.num_maps = job.maps;
  info_.num_reduces = job.reduces;
  info_.job_id = ToBytes(job.job_id);
  info_.job_name = ToBytes(job.definition.name);
  info_.task_id = ToBytes(task_id_);
  info_.attempt_id = ToBytes(attempt_id_);
  info_.local_dir = ToBytes(job.side_file_dir);
  info_.seed = TaskSeed(job.definition.name, is_map, number);
}

Attempt::~Attempt() = default;

mr_batch* Attempt::NextBatch() {
  Fail(Internal("this stage has no records to read"));
  return nullptr;
}
int32_t Attempt::NextGroup(mr_bytes*) {
  Fail(Internal("a mapper has no groups to read"));
  return MR_FAILED;
}
int32_t Attempt::NextValue(mr_bytes*, mr_bytes*) {
  Fail(Internal("a mapper has no values to read"));
  return MR_FAILED;
}

Status Attempt::RunStage(const mr_stage& stage) {
  RunningAttempt running(this);
  void* object = stage.create(stage.self, this);
  int32_t outcome = MR_FAILED;
  if (object != nullptr) {
    outcome = stage.run(object, this);
    stage.destroy(object);
  }
  if (foreign_call_.load()) {
    failed_ = true;
    failure_ = FailedPrecondition(
        "the plugin called emit() or another task function from a thread of its own; only the thread that runs the task "
        "may");
  }
  if (outcome != MR_OK && !failed_) Fail(Internal("the stage failed without saying why"));
  if (!failed_) return Status::Ok();
  char place[1024];
  const std::size_t size = DescribePlace(place, sizeof(place));
  Status placed(failure_.code(), failure_.message() + " [" + std::string(place, size) + "]");
  return failure_.tag().empty() ? std::move(placed) : std::move(placed).WithTag(failure_.tag());
}

void Attempt::Fail(Status why) {
  if (failed_) return;
  failed_ = true;
  if (!HasSource(why) && why.code() != Code::kCancelled) culprit_ = StandsAt();
  failure_ = std::move(why);
}

int32_t Attempt::RefuseForeignThread() {
  foreign_call_.store(true);
  return MR_FOREIGN_THREAD;
}

bool Attempt::ShouldStop() {
  if (failed_) return true;
  if (foreign_call_.load(std::memory_order_relaxed)) {
    failed_ = true;
  } else if (job_.cancel.set()) {
    Fail(Cancelled("interrupted"));
  } else if (job_.failed.load(std::memory_order_relaxed)) {
    Fail(Cancelled("another task failed"));
  }
  return failed_;
}

std::optional<std::string> Attempt::TaskProperty(std::string_view key) const {
  const auto text = [](mr_bytes bytes) { return std::string(ToView(bytes)); };
  if (key == "mapreduce.job.id") return text(info_.job_id);
  if (key == "mapreduce.task.id") return task_id_;
  if (key == "mapreduce.task.attempt.id") return attempt_id_;
  if (key == "mapreduce.task.partition") return std::to_string(number_);
  if (key == "mapreduce.task.ismap") return std::string(is_map() ? "true" : "false");
  if (key == "mapreduce.task.output.dir") return text(info_.output_dir);
  if (key == "mapreduce.job.local.dir") return job_.local_dir;
  if (!is_map()) return std::nullopt;
  if (key == "mapreduce.map.input.file") return text(info_.input_file);
  if (key == "mapreduce.map.input.start") return std::to_string(info_.split_start);
  if (key == "mapreduce.map.input.length") return std::to_string(info_.split_length);
  return std::nullopt;
}

void Attempt::SetOutput(std::shared_ptr<fs::FileSystem> system, const fs::Path& directory) {
  output_system_ = std::move(system);
  output_dir_ = directory;
  output_dir_text_ = directory.ToString();
  info_.output_dir = ToBytes(output_dir_text_);
  named_outputs_ = std::make_unique<NamedOutputs>(*this);
}

Result<std::unique_ptr<OutputStream>> Attempt::CreateOutput(std::string_view name, bool compress) {
  if (output_system_ == nullptr) {
    return FailedPrecondition("create " + std::string(name) + ": this stage has no output directory");
  }
  made_output_ = true;
  auto stream = OutputStream::Create(*output_system_, output_dir_, std::string(name), compress);
  if (!stream.ok()) return From(kFromOutput, stream.status());
  return stream;
}

Status Attempt::FinishOutput(OutputWriter* part) {
  if (part != nullptr) {
    MRD_RETURN_IF_ERROR(From(kFromOutput, part->Close()));
    parts = part->Parts();
  }
  if (named_outputs_ != nullptr) {
    MRD_RETURN_IF_ERROR(From(kFromOutput, named_outputs_->Close()));
    for (ManifestPart& named : named_outputs_->Parts()) parts.push_back(std::move(named));
  }
  for (const ManifestPart& written : parts) {
    framework.Add(kOutputFormatGroup, "BYTES_WRITTEN", static_cast<std::int64_t>(written.bytes));
    ledger.output_bytes += written.bytes;
    ledger.output_records += written.records;
  }
  return Status::Ok();
}

const mr_output_format* Attempt::output_format() const {
  return job_.definition.output_format ? &*job_.definition.output_format : nullptr;
}

Counters Attempt::TakeCounters() { return AllCounters(); }

Counters Attempt::AllCounters() const {
  Counters all = framework;
  for (const auto& [key, value] : cells_) all.Add(key.first, key.second, value);
  return all;
}

}  // namespace mrd::engine
