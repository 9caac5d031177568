#include "engine/map_attempt.h"

#include <algorithm>
#include <limits>

#include "common/base/clock.h"
#include "engine/attempt_files.h"
#include "engine/failure_source.h"
#include "engine/record.h"

namespace mrd::engine {

namespace {

MapAttempt& Map(mr_task* task) { return static_cast<MapAttempt&>(Attempt::Of(task)); }

// The stage of a job without a mapper for an input: pairs pass unchanged.
const mr_stage kIdentityMapper = {
    .size = sizeof(mr_stage),
    .builtin = MR_BUILTIN_NONE,
    .self = nullptr,
    .create = [](void*, mr_task* task) -> void* { return task; },
    .run = [](void*, mr_task* task) -> int32_t {
      while (mr_batch* batch = task->api->next_batch(task)) {
        for (std::size_t i = 0; i < batch->count; ++i) {
          batch->current = i;
          const mr_record& record = batch->records[i];
          const int32_t taken =
              task->emit(task, record.key.data, record.key.size, record.value.data, record.value.size);
          if (taken != MR_OK) return MR_FAILED;
        }
      }
      return task->api->failed(task) != 0 ? MR_FAILED : MR_OK;
    },
    .destroy = [](void*) {},
    .input_key = nullptr,
    .input_value = nullptr,
    .output_key = nullptr,
    .output_value = nullptr,
};

}  // namespace

MapAttempt::MapAttempt(JobContext& job,
                       int number,
                       const InputSplit& split,
                       const Partitioner& partitioner,
                       TaskMemory& memory)
    : Attempt(job, /*is_map=*/true, number),
      split_(split),
      partitioner_(partitioner),
      memory_(memory),
      input_(job.definition.input(split.input_index)),
      skipped_log_(*this),
      emitted_limit_(std::numeric_limits<std::uint64_t>::max()) {
  info_.input_index = static_cast<int32_t>(split.input_index);
  emit = &MapAttempt::EmitPair;
  flush_small = &MapAttempt::FlushSmall;
}

MapAttempt::~MapAttempt() = default;

void MapAttempt::DivertTo(std::function<void(std::string_view)> sink, std::uint64_t limit) {
  sink_ = std::move(sink);
  emitted_limit_ = limit;
  emit = &MapAttempt::EmitDiverted;
}

int32_t MapAttempt::Take(Status status) {
  if (status.ok()) return MR_OK;
  Fail(std::move(status));
  return MR_FAILED;
}

// The path of nearly every pair of a job that sums: a few instructions, no counting, no lock, no cache miss.
int32_t MapAttempt::EmitInt64(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size) {
  MapAttempt& self = Map(task);
  if (!self.OnOwnThread()) [[unlikely]] return self.RefuseForeignThread();
  if (key_size <= ShortKey::kSizeMax && value_size == 8 && self.batch_pairs_ != nullptr) [[likely]] {
    if (self.batch_pairs_->Push(key, key_size, DecodeInt64(value))) [[likely]] return MR_OK;
    return self.FlushBatch();
  }
  return self.EmitSlow(key, key_size, value, value_size);
}

int32_t MapAttempt::FlushBatch() {
  if (report != nullptr) report->Touch();
  const int32_t taken = Take(collector_->FlushBatch());
  UseBatch();
  return taken;
}

// Small pairs go straight into the combiner's batch as long as there is one.
void MapAttempt::UseBatch() {
  batch_pairs_ = failed() || collector_ == nullptr ? nullptr : collector_->batch();
  small = batch_pairs_ == nullptr ? nullptr : batch_pairs_->batch();
}

int32_t MapAttempt::FlushSmall(mr_task* task) {
  MapAttempt& self = Map(task);
  if (!self.OnOwnThread()) return self.RefuseForeignThread();
  if (self.failed() || self.batch_pairs_ == nullptr) return MR_FAILED;
  return self.FlushBatch();
}

int32_t MapAttempt::EmitSlow(const char* key, size_t key_size, const char* value, size_t value_size) {
  if (failed()) return MR_FAILED;
  ++emitted_records_;
  emitted_bytes_ += key_size + value_size;
  const int32_t taken = Take(collector_->Add({key, key_size}, {value, value_size}));
  UseBatch();
  return taken;
}

int32_t MapAttempt::EmitPair(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size) {
  MapAttempt& self = Map(task);
  if (!self.OnOwnThread()) [[unlikely]] return self.RefuseForeignThread();
  return self.EmitSlow(key, key_size, value, value_size);
}

// Of jobs that only sort: most pairs are copied to where the whole job's wait.
int32_t MapAttempt::EmitSorted(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size) {
  MapAttempt& self = Map(task);
  if (!self.OnOwnThread()) [[unlikely]] return self.RefuseForeignThread();
  if (self.failed()) [[unlikely]] return MR_FAILED;
  ++self.emitted_records_;
  self.emitted_bytes_ += key_size + value_size;
  if (self.collector_->AddToJob({key, key_size}, {value, value_size})) [[likely]] return MR_OK;
  return self.Take(self.collector_->Add({key, key_size}, {value, value_size}));
}

int32_t MapAttempt::EmitOutput(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size) {
  MapAttempt& self = Map(task);
  if (!self.OnOwnThread()) [[unlikely]] return self.RefuseForeignThread();
  if (self.failed()) return MR_FAILED;
  ++self.emitted_records_;
  self.emitted_bytes_ += key_size + value_size;
  return self.Take(From(kFromOutput, self.writer_->Write({key, key_size}, {value, value_size})));
}

int32_t MapAttempt::EmitDiverted(mr_task* task, const char* key, size_t key_size, const char*, size_t) {
  MapAttempt& self = Map(task);
  if (!self.OnOwnThread()) return self.RefuseForeignThread();
  if (self.failed()) return MR_FAILED;
  if (self.emitted_records_ < self.emitted_limit_) self.sink_({key, key_size});
  ++self.emitted_records_;
  return MR_OK;
}

Status MapAttempt::OpenNextPiece() {
  const InputPiece& piece = split_.pieces[next_piece_++];
  input_file_ = piece.path;
  info_.input_file = ToBytes(input_file_);
  info_.split_start = static_cast<int64_t>(piece.start);
  info_.split_length = static_cast<int64_t>(piece.length);
  MRD_ASSIGN_OR_RETURN(reader_, OpenRecords(input_, piece, *this));
  return Status::Ok();
}

mr_batch* MapAttempt::NextBatch() {
  batch_.count = 0;
  batch_.records = nullptr;
  batch_.current = 0;
  if (ShouldStop()) return nullptr;
  if (collector_ != nullptr) {
    if (Status settled = collector_->Settle(); !settled.ok()) return Fail(std::move(settled)), nullptr;
    UseBatch();
  }
  window_.Done(Clock::System().MonotonicNanos());
  TellProgress();
  Report();
  while (!failed() && emitted_records_ < emitted_limit_ && (!window_.empty() || FillWindow())) {
    const InputWindow::Taken taken = window_.Take();
    if (taken.left_out) {
      Status kept = skipped_log_.AddRecords(taken.first, input_file_, taken.batch.records, taken.batch.count);
      if (!kept.ok()) return Fail(std::move(kept)), nullptr;
      continue;
    }
    GiveOut(taken.batch.records, taken.batch.count, taken.first);
    window_.Given(Clock::System().MonotonicNanos());
    return &batch_;
  }
  TellProgress();
  return nullptr;
}

// What the mapper was given so far, it has handled: it asks for more.
void MapAttempt::TellProgress() {
  if (progress == nullptr) return;
  progress->records.store(window_.input_records(), std::memory_order_relaxed);
  progress->bytes.store(window_.position(), std::memory_order_relaxed);
}

// Reads the next records; false at the end and after a failure.
bool MapAttempt::FillWindow() {
  for (;;) {
    if (reader_ == nullptr) {
      if (next_piece_ == split_.pieces.size()) return false;
      if (Status opened = OpenNextPiece(); !opened.ok()) return Fail(InputFailure(std::move(opened))), false;
    }
    const std::uint64_t before = bytes_before_ + reader_->position();
    RecordBatch next;
    if (Status read = reader_->Next(&next); !read.ok()) return Fail(InputFailure(std::move(read))), false;
    if (next.count != 0) {
      window_.Put(next, before, bytes_before_ + reader_->position());
      return true;
    }
    bytes_before_ += reader_->consumed();
    reader_.reset();
  }
}

void MapAttempt::GiveOut(const mr_record* records, std::size_t count, std::uint64_t first) {
  __atomic_store_n(&batch_first_, first, __ATOMIC_RELAXED);
  batch_.records = records;
  __atomic_store_n(&batch_.count, count, __ATOMIC_RELAXED);
}

std::optional<std::uint64_t> MapAttempt::StandsAt() const {
  const std::size_t at = place_in_batch();
  if (at >= __atomic_load_n(&batch_.count, __ATOMIC_RELAXED)) return std::nullopt;
  return __atomic_load_n(&batch_first_, __ATOMIC_RELAXED) + at;
}

// A format of the plugin's own is the plugin, not the file.
Status MapAttempt::InputFailure(Status why) const {
  return input_.plugin_format ? std::move(why) : From(kFromInput, std::move(why));
}

Counters MapAttempt::LiveCounters() const {
  Counters now = AllCounters();
  now.Add(kTaskGroup, "MAP_INPUT_RECORDS", static_cast<std::int64_t>(window_.input_records()));
  now.Add(kTaskGroup, "MAP_OUTPUT_RECORDS",
          static_cast<std::int64_t>(emitted_records_ + (collector_ == nullptr ? 0 : collector_->batched_pairs())));
  return now;
}

Status MapAttempt::RunMapper() {
  const auto& mapper = input_.mapper ? input_.mapper : job().definition.inputs.at(0).mapper;
  return RunStage(mapper ? *mapper : kIdentityMapper);
}

void MapAttempt::CountInput() {
  if (reader_ != nullptr) bytes_before_ += reader_->consumed();
  std::int64_t split_description = 0;
  for (const InputPiece& piece : split_.pieces) {
    split_description += static_cast<std::int64_t>(piece.path.size() + piece.payload.size() + 2 * sizeof(std::int64_t));
  }
  const auto count = [this](std::string_view name, std::uint64_t value) {
    framework.Add(kTaskGroup, name, static_cast<std::int64_t>(value));
  };
  count("MAP_INPUT_RECORDS", window_.input_records());
  count("MAP_OUTPUT_RECORDS", emitted_records_);
  if (window_.skipped() != 0) count("MAP_SKIPPED_RECORDS", window_.skipped());
  if (job().reduces > 0) count("MAP_OUTPUT_BYTES", emitted_bytes_);
  framework.Add(kTaskGroup, "SPLIT_RAW_BYTES", split_description);
  framework.Add(kInputFormatGroup, "BYTES_READ", static_cast<std::int64_t>(bytes_before_));
  ledger.split_bytes += bytes_before_;
  ledger.input_records += window_.input_records() + window_.skipped();
  ledger.map_records += emitted_records_;
  ledger.map_bytes += emitted_bytes_;
}

Status MapAttempt::Run() {
  if (sink_ != nullptr) return RunMapper();
  if (job().reduces > 0) {
    info_.emits_output = 0;
    collector_ = std::make_unique<MapCollector>(*this, partitioner_, memory_);
    UseBatch();
    if (collector_->mode() == MapCollector::Mode::kSort) {
      emit = &MapAttempt::EmitSorted;
    } else {
      emit = batch_pairs_ != nullptr ? &MapAttempt::EmitInt64 : &MapAttempt::EmitPair;
    }
  } else {
    info_.emits_output = 1;
    emit = &MapAttempt::EmitOutput;
    if (job().definition.description.takes_output) {
      writer_ = std::make_unique<OutputWriter>(*this, "part", output_format(), job().definition.lazy_output);
      info_.output_representation = writer_->representation();
      MRD_RETURN_IF_ERROR(From(kFromOutput, writer_->Open()));
    }
  }
  MRD_RETURN_IF_ERROR(RunMapper());
  if (collector_ != nullptr) {
    MRD_ASSIGN_OR_RETURN(spills_, collector_->Finish());
    emitted_records_ += collector_->batched_pairs();
    emitted_bytes_ += collector_->batched_key_bytes() + 8 * collector_->batched_pairs();
  }
  CountInput();
  MRD_RETURN_IF_ERROR(skipped_log_.Close());
  return FinishOutput(writer_.get());
}

}  // namespace mrd::engine
