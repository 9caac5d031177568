#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/job.h"
#include "engine/monitor.h"
#include "tools/progress_bar.h"

namespace mrd::tools {

// Tells on stderr what happens to a job, in the lines that Hadoop's client prints and that other programs parse; on a
// terminal also one live line below them. stdout stays the program's. Thread-safe.
class JobConsole : public engine::JobMonitor {
 public:
  struct Options {
    bool quiet = false;  // errors only
    bool live = false;   // stderr is a terminal
    bool rounds = false; // of several jobs: an error says of which
    std::int64_t poll_interval_ms = 1000;  // least time between two " map N% reduce N%" lines
  };
  explicit JobConsole(const Options& options);
  ~JobConsole() override;

  void InputListed(std::size_t files) override;
  void Planned(int splits) override;
  void JobStarted(std::string_view job_id, std::string_view job_name) override;
  void Notice(std::string_view sentence) override;
  void Progress(const engine::JobProgress& progress) override;
  void AttemptFailed(std::string_view attempt_id, const Status& why) override;

  // The end of a job: the closing line, then counters and ledger when it went well. `signal` is what it was cancelled
  // by, 0 otherwise.
  void Finished(const engine::JobResult& result, int signal);

  void Info(std::string_view component, std::string_view text);
  void Warn(std::string_view component, std::string_view text);
  // Printed in quiet mode too.
  void Error(std::string_view text);

 private:
  void Print(std::string_view level, std::string_view component, std::string_view text);  // with mutex_ held
  void PrintPercent(int map, int reduce);
  void EraseBar();

  const Options options_;

  std::mutex mutex_;
  std::string job_id_;
  ProgressBar bar_;
  bool bar_visible_ = false;
  int map_percent_ = -1;
  int reduce_percent_ = -1;
  ProgressBar::Instant percent_printed_;
};

// Two lines: r and q, and the bytes along the edges.
std::string LedgerSummary(const engine::Ledger& ledger);
std::string LedgerEdges(const engine::Ledger& ledger);

}  // namespace mrd::tools
