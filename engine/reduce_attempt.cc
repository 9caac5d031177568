#include "engine/reduce_attempt.h"

#include <bit>

#include "engine/attempt_files.h"
#include "engine/failure_source.h"
#include "engine/record.h"

namespace mrd::engine {

namespace {

constexpr std::size_t kKeyKept = 256;  // of the largest group's key
constexpr std::uint64_t kStopCheck = 4096;

// The stage of a job without a reducer: every pair of every group passes.
const mr_stage kIdentityReducer = {
    .size = sizeof(mr_stage),
    .builtin = MR_BUILTIN_NONE,
    .self = nullptr,
    .create = [](void*, mr_task* task) -> void* { return task; },
    .run = [](void*, mr_task* task) -> int32_t { return static_cast<ReduceAttempt&>(Attempt::Of(task)).PassAll(); },
    .destroy = [](void*) {},
    .input_key = nullptr,
    .input_value = nullptr,
    .output_key = nullptr,
    .output_value = nullptr,
};

}  // namespace

ReduceAttempt::ReduceAttempt(JobContext& job, int number, const std::vector<SpillFile>& spills)
    : Attempt(job, /*is_map=*/false, number),
      spills_(spills),
      order_(job.definition.sort_comparator ? KeyOrder(&*job.definition.sort_comparator) : KeyOrder()),
      skipped_log_(*this) {
  info_.emits_output = 1;
  emit = &ReduceAttempt::Emit;
}

ReduceAttempt::~ReduceAttempt() = default;

int32_t ReduceAttempt::Emit(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size) {
  ReduceAttempt& self = static_cast<ReduceAttempt&>(Of(task));
  if (!self.OnOwnThread()) [[unlikely]] return self.RefuseForeignThread();
  if (self.failed()) return MR_FAILED;
  ++self.emitted_;
  if (self.writer_ == nullptr) return MR_OK;  // a job without output
  Status written = From(kFromOutput, self.writer_->Write({key, key_size}, {value, value_size}));
  if (written.ok()) [[likely]] return MR_OK;
  self.Fail(std::move(written));
  return MR_FAILED;
}

bool ReduceAttempt::Advance() {
  if (!merger_->Next()) {
    have_record_ = false;
    if (!merger_->status().ok()) Fail(merger_->status());
    return false;
  }
  have_record_ = true;
  ++records_;
  const std::string_view key = merger_->key();
  bytes_ += key.size() + merger_->value().size();
  // A reducer may take long over each record: who asks is answered at the next.
  if (report != nullptr && report->asked()) [[unlikely]] {
    ShowProgress();
    Report();
  }
  if (records_ % kStopCheck == 0) {
    ShowProgress();
    if (ShouldStop()) return have_record_ = false;
  }
  return true;
}

void ReduceAttempt::ShowProgress() {
  if (progress == nullptr) return;
  progress->records.store(records_, std::memory_order_relaxed);
  progress->bytes.store(bytes_, std::memory_order_relaxed);
}

Counters ReduceAttempt::LiveCounters() const {
  Counters now = AllCounters();
  now.Add(kTaskGroup, "REDUCE_INPUT_GROUPS", static_cast<std::int64_t>(groups_ - skipped_groups_));
  now.Add(kTaskGroup, "REDUCE_INPUT_RECORDS", static_cast<std::int64_t>(records_ - skipped_records_));
  now.Add(kTaskGroup, "REDUCE_OUTPUT_RECORDS", static_cast<std::int64_t>(emitted_));
  return now;
}

bool ReduceAttempt::InGroup(std::string_view key) const {
  const JobDefinition& definition = job_context().definition;
  if (definition.group_comparator) {
    return definition.group_comparator->compare(definition.group_comparator->self, ToBytes(group_key_),
                                                ToBytes(key)) == 0;
  }
  if (definition.prefix != nullptr) {
    const auto prefix_of = [&](std::string_view k) {
      return k.substr(0, definition.prefix(definition.prefix_self, ToBytes(k)));
    };
    return prefix_of(group_key_) == prefix_of(key);
  }
  if (!order_.bytewise()) return order_.Compare(group_key_, key) == 0;
  return merger_->key_prefix() == group_prefix_ && key == group_key_;
}

void ReduceAttempt::EndGroup() {
  if (!in_group_) return;
  in_group_ = false;
  if (group_records_ != 0) ++ledger.group_histogram[static_cast<std::size_t>(std::bit_width(group_records_) - 1)];
  if (group_records_ > ledger.largest_group_records) {
    ledger.largest_group_records = group_records_;
    ledger.largest_group_bytes = group_bytes_;
    ledger.largest_group_key = group_key_.substr(0, kKeyKept);
  }
}

std::optional<std::uint64_t> ReduceAttempt::StandsAt() const {
  const std::uint64_t groups = __atomic_load_n(&groups_, __ATOMIC_RELAXED);
  if (groups == 0 || __atomic_load_n(&batch_.count, __ATOMIC_RELAXED) == 0) return std::nullopt;
  return groups - 1;
}

bool ReduceAttempt::SkipGroup() {
  const std::uint64_t number = groups_ - 1;
  while (next_skip_ < skips_.size() && skips_[next_skip_].first + skips_[next_skip_].count <= number) ++next_skip_;
  if (next_skip_ == skips_.size() || skips_[next_skip_].first > number) return false;
  ++skipped_groups_;
  mr_bytes key;
  mr_bytes value;
  while (NextValue(&key, &value) == MR_OK) {
    ++skipped_records_;
    if (Status kept = skipped_log_.AddPair(number, ToView(key), ToView(value)); !kept.ok()) Fail(std::move(kept));
    if (failed()) break;
  }
  return true;
}

int32_t ReduceAttempt::NextGroup(mr_bytes* key) {
  __atomic_store_n(&batch_.count, std::size_t{0}, __ATOMIC_RELAXED);
  if (groups_ == 0 && records_ == 0) {
    if (!Advance()) return failed() ? MR_FAILED : MR_END;
  } else {
    // What the reducer left of its group is skipped, but counted as part of it.
    mr_bytes skipped_key;
    mr_bytes skipped;
    while (in_group_ && NextValue(&skipped_key, &skipped) == MR_OK) {
    }
    if (failed()) return MR_FAILED;
    if (!have_record_) return MR_END;
  }
  BeginGroup();
  while (!skips_.empty() && SkipGroup()) {
    if (failed()) return MR_FAILED;
    if (!have_record_) return MR_END;
    BeginGroup();
  }
  __atomic_store_n(&batch_.count, std::size_t{1}, __ATOMIC_RELAXED);
  *key = current_.key;
  return MR_OK;
}

void ReduceAttempt::BeginGroup() {
  const std::string_view first = merger_->key();
  group_key_.assign(first.data(), first.size());
  group_prefix_ = merger_->key_prefix();
  group_records_ = 0;
  group_bytes_ = 0;
  in_group_ = true;
  ++groups_;
  current_.key = ToBytes(group_key_);
  current_.offset = -1;
  batch_.records = &current_;
}

int32_t ReduceAttempt::NextValue(mr_bytes* key, mr_bytes* value) {
  if (!in_group_) return MR_END;
  // The first value of a group stands ready; each later one is fetched now, since that ends the views of the last.
  if (group_records_ != 0) {
    if (!Advance()) {
      EndGroup();
      return failed() ? MR_FAILED : MR_END;
    }
    if (!InGroup(merger_->key())) {
      EndGroup();
      return MR_END;
    }
  }
  const std::string_view k = merger_->key();
  const std::string_view v = merger_->value();
  ++group_records_;
  group_bytes_ += k.size() + v.size();
  *key = ToBytes(k);
  *value = ToBytes(v);
  return MR_OK;
}

int32_t ReduceAttempt::PassAll() {
  while (Advance()) {
    const std::string_view key = merger_->key();
    const std::string_view value = merger_->value();
    if (!in_group_ || !InGroup(key)) {
      EndGroup();
      BeginGroup();
      batch_.count = 1;
    }
    ++group_records_;
    group_bytes_ += key.size() + value.size();
    ++emitted_;
    if (writer_ == nullptr) continue;  // a job without output
    if (Status written = writer_->Write(ToBytes(key), ToBytes(value)); !written.ok()) [[unlikely]] {
      Fail(From(kFromOutput, std::move(written)));
    }
    // The output format may have failed the attempt without saying so.
    if (failed()) [[unlikely]] return MR_FAILED;
  }
  EndGroup();
  return failed() ? MR_FAILED : MR_OK;
}

Status ReduceAttempt::Prepare() {
  std::vector<SpillFile> mine;
  std::uint64_t shuffled = 0;
  std::uint64_t outputs = 0;
  for (const SpillFile& spill : spills_) {
    const SegmentRange& segment = spill.segment(number());
    if (segment.records == 0) continue;
    mine.push_back(spill);
    shuffled += segment.bytes;
    outputs += segment.outputs;
  }
  const auto count = [this](std::string_view name, std::uint64_t value) {
    framework.Add(kTaskGroup, name, static_cast<std::int64_t>(value));
  };
  count("REDUCE_SHUFFLE_BYTES", shuffled);
  count("SHUFFLED_MAPS", static_cast<std::uint64_t>(job().maps));
  count("MERGED_MAP_OUTPUTS", outputs);
  count("FAILED_SHUFFLE", 0);
  ledger.shuffle_bytes += shuffled;

  std::uint64_t rewritten_records = 0;
  std::uint64_t rewritten_bytes = 0;
  MRD_RETURN_IF_ERROR(MergeDown(job(), number(), order_, &mine, &rewritten_records, &rewritten_bytes));
  count("SPILLED_RECORDS", rewritten_records);
  ledger.spill_bytes += rewritten_bytes;

  const MergeShape shape = ShapeMerge(job().settings.task_memory_bytes, job().settings.merge_factor, mine.size());
  std::vector<SegmentCursor> cursors;
  cursors.reserve(mine.size());
  for (const SpillFile& spill : mine) cursors.emplace_back(spill, number(), shape.buffer_bytes);
  merger_ = std::make_unique<Merger>(std::move(cursors), order_);
  return Status::Ok();
}

// What the plugin calls the identity is done without it, unless pairs leave as text, whose making is the plugin's.
const mr_stage& ReduceAttempt::Stage() const {
  const auto& reducer = job_context().definition.reducer;
  if (!reducer) return kIdentityReducer;
  const bool as_it_is = reducer->builtin == MR_BUILTIN_IDENTITY &&
                        info_.output_representation == static_cast<std::int32_t>(MR_REPRESENTATION_ENCODED);
  return as_it_is ? kIdentityReducer : *reducer;
}

Status ReduceAttempt::Run() {
  if (merger_ == nullptr) MRD_RETURN_IF_ERROR(Prepare());
  if (job().definition.description.takes_output) {
    writer_ = std::make_unique<OutputWriter>(*this, "part", output_format(), job().definition.lazy_output);
    info_.output_representation = writer_->representation();
    MRD_RETURN_IF_ERROR(From(kFromOutput, writer_->Open()));
  }
  MRD_RETURN_IF_ERROR(RunStage(Stage()));
  // A reducer may stop early; the rest still belongs to the counts of what was sent.
  EndGroup();
  const auto count = [this](std::string_view name, std::uint64_t value) {
    framework.Add(kTaskGroup, name, static_cast<std::int64_t>(value));
  };
  count("REDUCE_INPUT_GROUPS", groups_ - skipped_groups_);
  count("REDUCE_INPUT_RECORDS", records_ - skipped_records_);
  if (skipped_groups_ != 0) {
    count("REDUCE_SKIPPED_GROUPS", skipped_groups_);
    count("REDUCE_SKIPPED_RECORDS", skipped_records_);
  }
  count("REDUCE_OUTPUT_RECORDS", emitted_);
  ledger.groups += groups_;
  ledger.reduce_bytes += bytes_;
  ledger.shuffled_records += records_;
  MRD_RETURN_IF_ERROR(skipped_log_.Close());
  return FinishOutput(writer_.get());
}

}  // namespace mrd::engine
