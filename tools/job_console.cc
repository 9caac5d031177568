#include "tools/job_console.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/base/clock.h"
#include "common/base/human.h"
#include "tools/console.h"
#include "tools/interrupt.h"

namespace mrd::tools {
namespace {

constexpr std::string_view kJob = "mapreduce.Job";
constexpr std::size_t kKeyShownMax = 40;
constexpr std::size_t kNoticeShownMax = 1000;

// Encoded text keys end with a terminator that is no part of what the user wrote.
std::string_view WithoutTerminator(std::string_view key) {
  while (!key.empty() && key.back() == '\0') key.remove_suffix(1);
  return key;
}

std::string Decimal(double value) {
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%.3f", value);
  return text.data();
}

ProgressBar::Instant Now() { return ProgressBar::Instant(std::chrono::nanoseconds(Clock::System().MonotonicNanos())); }

}  // namespace

JobConsole::JobConsole(const Options& options) : options_(options) {}

JobConsole::~JobConsole() { EraseBar(); }

void JobConsole::EraseBar() {
  if (!bar_visible_) return;
  WriteAll(kStderr, "\r\x1b[K");
  bar_visible_ = false;
}

void JobConsole::Print(std::string_view level, std::string_view component, std::string_view text) {
  if (options_.quiet) return;
  EraseBar();
  WriteAll(kStderr, LogLine(level, component, text));
}

void JobConsole::Info(std::string_view component, std::string_view text) {
  const std::scoped_lock lock(mutex_);
  Print("INFO", component, text);
}

void JobConsole::Warn(std::string_view component, std::string_view text) {
  const std::scoped_lock lock(mutex_);
  Print("WARN", component, text);
}

void JobConsole::Error(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  EraseBar();
  WriteAll(kStderr, std::string(text) + "\n");
}

void JobConsole::InputListed(std::size_t files) {
  Info("input.FileInputFormat", "Total input files to process : " + std::to_string(files));
}

void JobConsole::Planned(int splits) {
  Info("mapreduce.JobSubmitter", "number of splits:" + std::to_string(splits));
}

void JobConsole::JobStarted(std::string_view job_id, std::string_view /*job_name*/) {
  const std::scoped_lock lock(mutex_);
  job_id_ = job_id;
  bar_ = ProgressBar();
  map_percent_ = reduce_percent_ = -1;
  percent_printed_ = {};
  Print("INFO", kJob, "Running job: " + job_id_);
}

void JobConsole::Notice(std::string_view sentence) { Info(kJob, Printable(sentence, kNoticeShownMax)); }

void JobConsole::PrintPercent(int map, int reduce) {
  map_percent_ = map;
  reduce_percent_ = reduce;
  percent_printed_ = Now();
  Print("INFO", kJob, " map " + std::to_string(map) + "% reduce " + std::to_string(reduce) + "%");
}

void JobConsole::Progress(const engine::JobProgress& progress) {
  if (options_.quiet) return;
  const std::scoped_lock lock(mutex_);
  const ProgressBar::Instant now = Now();
  const auto percent = [](double fraction) { return static_cast<int>(std::clamp(fraction, 0.0, 1.0) * 100); };
  const int map = percent(progress.map_fraction);
  const int reduce = percent(progress.reduce_fraction);
  const bool changed = map != map_percent_ || reduce != reduce_percent_;
  if (changed && now - percent_printed_ >= std::chrono::milliseconds(options_.poll_interval_ms)) {
    PrintPercent(map, reduce);
  }
  if (options_.live && progress.stage != engine::JobProgress::Stage::kDone) {
    WriteAll(kStderr, "\r" + bar_.Line(progress, now, StderrColumns()) + "\x1b[K");
    bar_visible_ = true;
  }
}

void JobConsole::AttemptFailed(std::string_view attempt_id, const Status& why) {
  const std::scoped_lock lock(mutex_);
  if (options_.quiet) return;  // the end of the job tells why it failed
  Print("INFO", kJob, "Task Id : " + std::string(attempt_id) + ", Status : FAILED");
  WriteAll(kStderr, "Error: " + why.message() + "\n");
}

void JobConsole::Finished(const engine::JobResult& result, int signal) {
  const std::scoped_lock lock(mutex_);
  EraseBar();
  if (result.status.ok()) {
    if (map_percent_ != 100 || (reduce_percent_ != 100 && result.reduces > 0)) {
      PrintPercent(100, result.reduces > 0 ? 100 : 0);
    }
    Print("INFO", kJob, "Job " + result.job_id + " completed successfully");
    std::string counters = result.counters.ToString();
    while (counters.ends_with('\n')) counters.pop_back();  // the line gets its own end
    Print("INFO", kJob, counters);
    Print("INFO", "mapreduce.Ledger", LedgerSummary(result.ledger));
    Print("INFO", "mapreduce.Ledger", LedgerEdges(result.ledger));
    return;
  }
  const bool killed = result.status.code() == Code::kCancelled;
  const bool by_signal = killed && signal != 0;
  if (!job_id_.empty() && job_id_ == result.job_id) {
    Print("INFO", kJob,
          "Job " + job_id_ + " failed with state " + (killed ? "KILLED" : "FAILED") + " due to: " +
              (by_signal ? "Kill job " + job_id_ + " received " + std::string(SignalWord(signal))
                         : result.status.message()));
  }
  if (!by_signal) {
    const std::string round = options_.rounds && !result.job_name.empty() ? result.job_name + ": " : "";
    WriteAll(kStderr, "mr jar: " + round + result.status.message() + "\n" + PrintableLines(result.explanation));
  } else if (!result.explanation.empty()) {
    WriteAll(kStderr, "mr jar: " + PrintableLines(result.explanation));
  } else {
    WriteAll(kStderr, "mr jar: the job was ended by " + std::string(SignalWord(signal)) +
                          "; its temporary files are removed, nothing was written to the output\n");
  }
}

std::string LedgerSummary(const engine::Ledger& ledger) {
  std::string text = "replication rate r=" + Decimal(ledger.ReplicationRate());
  if (ledger.groups == 0) return text + ", no groups were reduced";
  text += ", largest reducer q=" + std::to_string(ledger.largest_group_records) + " pairs (" +
          HumanBytes(ledger.largest_group_bytes) + ") of " + std::to_string(ledger.groups) + " groups, key \"";
  return text + Printable(WithoutTerminator(ledger.largest_group_key), kKeyShownMax) + "\"";
}

std::string LedgerEdges(const engine::Ledger& ledger) {
  return "bytes: split " + HumanBytes(ledger.split_bytes) + " -> map " + HumanBytes(ledger.map_bytes) +
         " -> combine " + HumanBytes(ledger.combine_bytes) + " -> spill " + HumanBytes(ledger.spill_bytes) +
         " -> shuffle " + HumanBytes(ledger.shuffle_bytes) + " -> reduce " + HumanBytes(ledger.reduce_bytes) +
         " -> output " + HumanBytes(ledger.output_bytes);
}

}  // namespace mrd::tools
