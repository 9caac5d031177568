#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/config.h"
#include "engine/counters.h"
#include "jobtracker/core/records.h"
#include "jobtracker/core/views.h"
#include "jobtracker/service/access.h"
#include "jobtracker/service/failure_groups.h"
#include "jobtracker/service/split_table.h"
#include "proto/mr/jobs.pb.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::jobtracker {

// What the core does not look at of one job: its specification, its splits as plugins need them, and what trackers told of
// its attempts. Threads: the core's.
class JobPapers {
 public:
  // kInvalidArgument when the job's configuration makes no sense.
  static Result<std::unique_ptr<JobPapers>> Make(mapred::proto::JobSpecProto spec, SplitTable splits,
                                                 const KeyRegistry& keys);

  const mapred::proto::JobSpecProto& spec() const { return spec_; }
  const SplitTable& splits() const { return splits_; }
  const std::shared_ptr<const JobSubmission>& submission() const { return submission_; }
  const Access::Job& access() const { return access_; }
  std::int64_t task_timeout_ms() const { return task_timeout_ms_; }
  const std::string& notification_url() const { return notification_url_; }
  std::uint32_t notification_retries() const { return notification_retries_; }
  std::int64_t notification_interval_ms() const { return notification_interval_ms_; }
  // Whether mapreduce.task.profile asks for this task.
  bool Profiled(TaskKind kind, std::uint32_t number) const;

  // Takes in what a record says of an attempt. `detail` may be nullptr.
  void Note(const AttemptLaunched& record);
  void Note(const AttemptEnded& record, const mapred::proto::AttemptStatusProto* detail);
  // The latest word of an attempt that runs.
  void NoteStatus(const mapred::proto::AttemptStatusProto& status);
  void NoteEnd() { over_ = true; }
  bool over() const { return over_; }  // the job has ended
  void NoteRecord(std::uint64_t number) { records_.push_back(number); }
  const std::vector<std::uint64_t>& records() const { return records_; }

  // What is known of an attempt beyond the core's view of it, put over what stands in `message`.
  void AddDetail(mapred::proto::AttemptReportProto* message) const;
  void AddSplit(mapred::proto::TaskReportProto* message, std::uint32_t number) const;
  // Why the attempt failed; nullptr when it did not, or too many others did before.
  const mapred::proto::FailureProto* FailureOf(const std::string& attempt) const;
  std::vector<mapred::proto::FailureGroupProto> FailureGroups() const;
  // Of a job that skips bad records: sentences on how many were left out, by its counters, and on which ones tasks failed.
  std::vector<std::string> SkipWarnings(const engine::Counters& counters) const;

 private:
  struct Attempt {
    std::string tracker;
    std::string host;
    std::string status;  // AttemptStatusProto, without what is large
  };

  JobPapers() = default;
  std::string SplitText(std::uint32_t number) const;

  mapred::proto::JobSpecProto spec_;
  SplitTable splits_;
  std::shared_ptr<const JobSubmission> submission_;
  Access::Job access_;
  std::int64_t task_timeout_ms_ = 0;
  std::string notification_url_;
  std::uint32_t notification_retries_ = 0;
  std::int64_t notification_interval_ms_ = 0;
  std::string skip_dir_;  // where skipped records are kept; "": nowhere
  bool over_ = false;
  bool profile_ = false;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> profiled_maps_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> profiled_reduces_;

  std::map<std::string, Attempt, std::less<>> attempts_;
  std::vector<FailedAttempt> failures_;  // the first ones
  std::set<std::string> hosts_;          // that ran an attempt
  std::vector<std::uint64_t> records_;   // numbers of its records, ascending
};

}  // namespace mrd::jobtracker
