#include "jobtracker/service/job_papers.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "jobtracker/service/enum_convert.h"
#include "jobtracker/service/submission.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

// A job whose every attempt fails is understood after fewer.
constexpr std::size_t kFailuresMax = 1'000;
constexpr std::size_t kAttemptsWithCounters = 100;  // of a job; half a kilobyte each

constexpr std::size_t kWarningsMax = 20;

using Ranges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// "0-2,7": numbers and ranges, as Hadoop has them.
Result<Ranges> ParseRanges(const Config& config, const char* key) {
  Ranges ranges;
  for (const std::string& word : config.GetList(key)) {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    const char* const end = word.data() + word.size();
    auto [at, error] = std::from_chars(word.data(), end, first);
    bool good = error == std::errc();
    last = first;
    if (good && at != end && *at == '-') {
      const auto [stop, second_error] = std::from_chars(at + 1, end, last);
      good = second_error == std::errc() && last >= first;
      at = stop;
    }
    if (!good || at != end) return InvalidArgument(std::string(key) + ": \"" + word + "\" is neither a number nor a range such as 0-2");
    ranges.emplace_back(first, last);
  }
  return ranges;
}

}  // namespace

Result<std::unique_ptr<JobPapers>> JobPapers::Make(proto::JobSpecProto spec, SplitTable splits, const KeyRegistry& keys) {
  std::unique_ptr<JobPapers> papers(new JobPapers);
  MRD_ASSIGN_OR_RETURN(papers->submission_, MakeSubmission(spec, splits, keys));
  MRD_ASSIGN_OR_RETURN(const Config config, JobConfig(spec, keys));
  papers->access_ = {spec.jobid(), spec.user(), config.GetString("mapreduce.job.acl-view-job", " "),
                     config.GetString("mapreduce.job.acl-modify-job", " ")};
  MRD_ASSIGN_OR_RETURN(papers->task_timeout_ms_, config.GetDurationMs("mapreduce.task.timeout"));
  papers->notification_url_ = config.GetString("mapreduce.job.end-notification.url");
  MRD_ASSIGN_OR_RETURN(const std::int64_t retries, config.GetInt("mapreduce.job.end-notification.retry.attempts"));
  papers->notification_retries_ = static_cast<std::uint32_t>(retries);
  MRD_ASSIGN_OR_RETURN(papers->notification_interval_ms_,
                       config.GetDurationMs("mapreduce.job.end-notification.retry.interval"));
  MRD_ASSIGN_OR_RETURN(papers->profile_, config.GetBool("mapreduce.task.profile"));
  MRD_ASSIGN_OR_RETURN(papers->profiled_maps_, ParseRanges(config, "mapreduce.task.profile.maps"));
  MRD_ASSIGN_OR_RETURN(papers->profiled_reduces_, ParseRanges(config, "mapreduce.task.profile.reduces"));
  papers->skip_dir_ = config.GetString("mapreduce.job.skip.outdir");
  if (papers->skip_dir_.empty() && !spec.output().empty()) papers->skip_dir_ = spec.output() + "/_logs/skip";
  if (papers->skip_dir_ == "none") papers->skip_dir_.clear();
  papers->spec_ = std::move(spec);
  papers->splits_ = std::move(splits);
  return papers;
}

bool JobPapers::Profiled(TaskKind kind, std::uint32_t number) const {
  if (!profile_ || (kind != TaskKind::kMap && kind != TaskKind::kReduce)) return false;
  const Ranges& ranges = kind == TaskKind::kMap ? profiled_maps_ : profiled_reduces_;
  return std::any_of(ranges.begin(), ranges.end(),
                     [number](const auto& range) { return number >= range.first && number <= range.second; });
}

void JobPapers::Note(const AttemptLaunched& record) {
  Attempt& attempt = attempts_[record.attempt.ToString()];
  attempt.tracker = record.tracker;
  attempt.host = record.host;
  hosts_.insert(record.host);
}

void JobPapers::Note(const AttemptEnded& record, const proto::AttemptStatusProto* detail) {
  const std::string id = record.attempt.ToString();
  if (detail != nullptr) NoteStatus(*detail);
  const Attempt& attempt = attempts_[id];
  if (record.state != AttemptState::kFailed || failures_.size() >= kFailuresMax) return;
  FailedAttempt failed;
  failed.attempt = id;
  failed.task = record.attempt.TaskId();
  failed.tracker = attempt.tracker;
  failed.host = attempt.host;
  if (record.attempt.kind == 'm') failed.split = SplitText(record.attempt.number);
  failed.at_ms = record.wall_ms;
  if (detail != nullptr && detail->has_failure()) {
    failed.failure = detail->failure();
  } else {
    failed.failure.set_kind(ToProto(record.failure));
    failed.failure.set_message(record.message);
  }
  failures_.push_back(std::move(failed));
}

void JobPapers::NoteStatus(const proto::AttemptStatusProto& status) {
  // Counters and the like are in the job's sums; a hundred thousand attempts would keep them for nobody. Of a job with few
  // people look at them.
  Attempt& attempt = attempts_[status.attemptid()];
  proto::AttemptStatusProto kept = status;
  if (attempts_.size() > kAttemptsWithCounters) kept.clear_counters();
  kept.clear_ledger();
  kept.clear_parts();
  kept.clear_outputbytes();
  kept.clear_failure();
  attempt.status = kept.SerializeAsString();
}

void JobPapers::AddDetail(proto::AttemptReportProto* message) const {
  const auto attempt = attempts_.find(message->attemptid());
  if (attempt == attempts_.end()) return;
  proto::AttemptStatusProto told;
  if (attempt->second.status.empty() || !told.ParseFromString(attempt->second.status)) return;
  // State, phase, progress and the times of start and end are as the core has them.
  proto::AttemptStatusProto* const status = message->mutable_status();
  told.clear_state();
  told.clear_phase();
  told.clear_progress();
  if (status->has_startms()) told.clear_startms();
  if (status->has_endms()) told.clear_endms();
  const proto::AttemptStateProto state = status->state();
  status->MergeFrom(told);
  status->set_state(state);
  if (state != proto::ATTEMPT_FAILED) return;
  if (const proto::FailureProto* const failure = FailureOf(message->attemptid())) *status->mutable_failure() = *failure;
}

void JobPapers::AddSplit(proto::TaskReportProto* message, std::uint32_t number) const {
  if (number >= splits_.size()) return;
  const proto::SplitProto split = splits_.At(number);
  *message->mutable_hosts() = split.hosts();
  message->set_bytes(split.bytes());
}

const proto::FailureProto* JobPapers::FailureOf(const std::string& attempt) const {
  const auto found = std::find_if(failures_.begin(), failures_.end(),
                                  [&](const FailedAttempt& failed) { return failed.attempt == attempt; });
  return found == failures_.end() ? nullptr : &found->failure;
}

std::vector<proto::FailureGroupProto> JobPapers::FailureGroups() const {
  return GroupFailures(failures_, {.hosts = hosts_.size(), .attempts = attempts_.size()});
}

std::vector<std::string> JobPapers::SkipWarnings(const engine::Counters& counters) const {
  const JobSettings& settings = submission_->settings;
  struct Bad {
    std::uint32_t failures = 0;
    const FailedAttempt* first = nullptr;
  };
  std::map<std::pair<std::string, std::uint64_t>, Bad> bad;
  for (const FailedAttempt& failed : failures_) {
    const bool map = failed.task.find("_m_") != std::string::npos;
    if (!failed.failure.has_badrecord() || (map ? settings.skip_map_records : settings.skip_reduce_groups) == 0) continue;
    Bad& one = bad[{failed.task, failed.failure.badrecord()}];
    ++one.failures;
    if (one.first == nullptr) one.first = &failed;
  }
  std::vector<std::string> sentences;
  const std::int64_t records = counters.Get(engine::kTaskGroup, "MAP_SKIPPED_RECORDS");
  const std::int64_t groups = counters.Get(engine::kTaskGroup, "REDUCE_SKIPPED_GROUPS");
  const auto tell = [&](std::int64_t count, const char* task, const char* what, const char* key) {
    if (count == 0) return;
    sentences.push_back(std::string(task) + " tasks skipped " + std::to_string(count) + " bad " + what +
                        (count == 1 ? "" : "s") + " (" + key + "); " +
                        (skip_dir_.empty() ? "nothing of them was kept (mapreduce.job.skip.outdir)" : "see " + skip_dir_));
  };
  tell(records, "Map", "record", "mapreduce.map.skip.maxrecords");
  tell(groups, "Reduce", "group", "mapreduce.reduce.skip.maxgroups");
  for (const auto& [key, one] : bad) {
    if (sentences.size() >= kWarningsMax) {
      sentences.push_back("… and " + std::to_string(bad.size()) + " records in all that tasks failed at");
      break;
    }
    const proto::FailureProto& failure = one.first->failure;
    const char* const what = key.first.find("_m_") != std::string::npos ? "record " : "group ";
    std::string text = key.first + " failed " + std::to_string(one.failures) + (one.failures == 1 ? " time" : " times") +
                       " at " + what + std::to_string(key.second);
    if (failure.has_file()) text += " of its split, " + failure.file();
    if (failure.has_offset()) text += ", offset " + std::to_string(failure.offset());
    if (failure.has_record()) text += ": " + failure.record();
    sentences.push_back(std::move(text));
  }
  return sentences;
}

std::string JobPapers::SplitText(std::uint32_t number) const {
  if (number >= splits_.size()) return "";
  const proto::SplitProto split = splits_.At(number);
  if (split.pieces_size() == 0) return "";
  const proto::PieceProto& piece = split.pieces(0);
  std::string text = piece.path() + ":" + std::to_string(piece.start()) + "+" + std::to_string(piece.length());
  if (split.pieces_size() > 1) text += " and " + std::to_string(split.pieces_size() - 1) + " more";
  return text;
}

}  // namespace mrd::jobtracker
