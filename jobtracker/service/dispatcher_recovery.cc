#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "jobtracker/journal/store_keys.h"
#include "jobtracker/service/dispatcher.h"
#include "jobtracker/service/parse_message.h"
#include "jobtracker/service/record_codec.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

Status Dispatcher::Recover() {
  const std::int64_t begin = clock_.MonotonicNanos();
  MRD_RETURN_IF_ERROR(BeginLife());
  MRD_RETURN_IF_ERROR(LoadPapers());
  MRD_RETURN_IF_ERROR(retired_.Load());
  MRD_RETURN_IF_ERROR(ReplayRecords());
  RecordPipeline::Hooks hooks;
  hooks.on_durable = [this] { AnnounceWhatIsSafe(); };
  hooks.on_failure = hooks_.on_failure;
  records_ = std::make_unique<RecordPipeline>(writer_, executor_, last_record_, std::move(hooks));
  Apply(core_->FinishRecovery(Now()));
  MRD_RETURN_IF_ERROR(RecoverDuties());
  log_.Info("jobs recovered known=" + std::to_string(papers_.size()) + " ended=" + std::to_string(ended_.size()) +
            " records=" + std::to_string(last_record_) + " epoch=" + std::to_string(epoch_) +
            " ms=" + std::to_string((clock_.MonotonicNanos() - begin) / 1'000'000));
  return Status::Ok();
}

Status Dispatcher::BeginLife() {
  const std::string key(kStartKey);
  MRD_ASSIGN_OR_RETURN(const std::optional<std::string> last, store_.Get(key));
  std::uint64_t before = 0;
  if (last) {
    const auto [end, error] = std::from_chars(last->data(), last->data() + last->size(), before);
    if (error != std::errc() || end != last->data() + last->size()) return Corruption("job store: start: \"" + *last + "\" is no time");
  }
  // Also with a clock that was set back: job ids begin with it.
  epoch_ = std::max(static_cast<std::uint64_t>(std::max<std::int64_t>(clock_.WallMillis(), 1)), before + 1);
  const StoreWrite start = {key, std::to_string(epoch_)};
  return store_.Write({&start, 1}, true);
}

Status Dispatcher::LoadPapers() {
  std::map<std::string, SplitTable> splits;
  MRD_RETURN_IF_ERROR(store_.Scan(kSplitsPrefix, [&](std::string_view key, std::string_view value) -> Status {
    const std::string_view job = key.substr(kSplitsPrefix.size(), key.rfind('/') - kSplitsPrefix.size());
    return splits[std::string(job)].AddChunk(value).WithContext(key);
  }));
  return store_.Scan(kSpecPrefix, [&](std::string_view key, std::string_view value) -> Status {
    proto::JobSpecProto spec;
    if (!ParseMessage(value, &spec)) {
      return Corruption("job store: " + std::string(key) + ": no such message");
    }
    const std::string job = spec.jobid();
    Result<std::unique_ptr<JobPapers>> papers = JobPapers::Make(std::move(spec), std::move(splits[job]), keys_);
    if (!papers.ok()) return papers.status().WithContext("job store: " + std::string(key));
    papers_[job] = *std::move(papers);
    return Status::Ok();
  });
}

Status Dispatcher::ReplayRecords() {
  const SubmissionSource submission = [this](const std::string& job) -> Result<std::shared_ptr<const JobSubmission>> {
    const JobPapers* const papers = Papers(job);
    if (papers == nullptr) return Corruption("the specification of " + job + " is missing");
    return papers->submission();
  };
  return store_.Scan(kRecordPrefix, [&](std::string_view key, std::string_view value) -> Status {
    const std::optional<std::uint64_t> number = RecordNumber(key);
    if (!number) return Corruption("job store: \"" + std::string(key) + "\" is no record's key");
    Result<DecodedRecord> decoded = DecodeRecord(*number, value, submission);
    if (!decoded.ok()) return decoded.status().WithContext("job store");
    last_record_ = *number;
    MRD_RETURN_IF_ERROR(core_->Recover(decoded->record).WithContext("job store"));
    NoteRecovered(decoded->record, decoded->detail.get());
    return Status::Ok();
  });
}

void Dispatcher::NoteRecovered(const Record& record, const proto::AttemptStatusProto* detail) {
  const auto found = papers_.find(JobOf(record.body));
  if (found == papers_.end()) return;
  JobPapers& papers = *found->second;
  papers.NoteRecord(record.number);
  if (const auto* launched = std::get_if<AttemptLaunched>(&record.body)) papers.Note(*launched);
  if (const auto* ended = std::get_if<AttemptEnded>(&record.body)) papers.Note(*ended, detail);
  if (std::holds_alternative<JobSubmitted>(record.body)) ++jobs_by_user_[papers.spec().user()];
  if (std::holds_alternative<JobEnded>(record.body)) NoteEnded(papers);
}

Status Dispatcher::RecoverDuties() {
  MRD_RETURN_IF_ERROR(store_.Scan(kDutyPrefix, [&](std::string_view key, std::string_view) -> Status {
    key.remove_prefix(kDutyPrefix.size());
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos) return Corruption("job store: \"" + std::string(key) + "\" is no duty's key");
    duties_.emplace(key.substr(0, slash), key.substr(slash + 1));
    return Status::Ok();
  }));
  for (const auto& [job, name] : duties_) hooks_.on_duty({job, name});
  return Status::Ok();
}

}  // namespace mrd::jobtracker
