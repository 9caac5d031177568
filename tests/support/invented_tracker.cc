#include "tests/support/invented_tracker.h"

#include <algorithm>
#include <utility>

#include "mapred/ids.h"

namespace mrd::test {
namespace proto = mapred::proto;

namespace {

constexpr const char* kJob = "job_1709633520000_0007";

tasktracker::AttemptView Attempt(const std::string& id, proto::TaskKindProto kind, std::uint64_t start_ms, double progress) {
  tasktracker::AttemptView attempt;
  attempt.job_id = kJob;
  attempt.kind = kind;
  attempt.status.set_attemptid(id);
  attempt.status.set_state(proto::ATTEMPT_RUNNING);
  attempt.status.set_phase(kind == proto::MAP ? proto::PHASE_MAP : proto::PHASE_SHUFFLE);
  attempt.status.set_progress(std::min(progress, 0.99));
  attempt.status.set_startms(start_ms);
  attempt.status.set_peakbytes(134 << 20);
  attempt.status.set_cpums(static_cast<std::uint64_t>(8000 * progress));
  attempt.status.set_processid(4711);
  attempt.memory_limit_bytes = 512 << 20;
  return attempt;
}

}  // namespace

InventedTracker::InventedTracker(std::string log_dir, std::function<std::uint64_t()> now_ms)
    : log_dir_(std::move(log_dir)), now_ms_(std::move(now_ms)), start_ms_(now_ms_()) {}

net::awaitable<tasktracker::TrackerView> InventedTracker::Snapshot() {
  tasktracker::TrackerView view;
  view.name = "tracker_worker1.example:50060";
  view.host = "worker1.example";
  view.shuffle_port = 13562;
  view.map_slots = 3;
  view.reduce_slots = 2;
  view.start_ms = start_ms_ - 3'600'000;
  view.jobtracker = "master.example:8021";
  view.free_disk_bytes = std::uint64_t(310) << 30;
  view.troubles.push_back("/disk3/mapred/local: read-only file system; it is left out.");
  view.attempts_total = 1412;
  view.succeeded_total = 1400;
  view.failed_total = 7;
  view.killed_total = 3;
  const double progress = double(now_ms_() - start_ms_) / 60'000;
  view.attempts.push_back(Attempt(kEndedAttempt, proto::MAP, start_ms_ - 9000, 1));
  view.attempts.back().status.set_state(proto::ATTEMPT_SUCCEEDED);
  view.attempts.back().status.set_progress(1);
  view.attempts.back().status.set_endms(start_ms_);
  if (running) view.attempts.push_back(Attempt(kRunningAttempt, proto::MAP, start_ms_, progress));
  view.attempts.push_back(Attempt("attempt_1709633520000_0007_r_000000_0", proto::REDUCE, start_ms_, progress / 2));
  view.attempts.back().maps_missing = 12;
  tasktracker::JobView job;
  job.job_id = kJob;
  job.name = "<script>alert(1)</script>";
  job.user = kOwner;
  job.zygote_process = 4700;
  job.attempts = view.attempts.size();
  job.outputs_kept = 31;
  job.output_bytes = 812 << 20;
  view.jobs.push_back(std::move(job));
  view.shuffle.connections = 4;
  view.shuffle.served_outputs = 210;
  view.shuffle.served_bytes = std::uint64_t(6) << 30;
  view.shuffle.fetched_outputs = 188;
  view.shuffle.fetched_bytes = std::uint64_t(5) << 30;
  view.shuffle.fetch_waiting = 12;
  co_return view;
}

std::string InventedTracker::LogDir(const std::string& attempt_id) const {
  return mapred::ParseAttemptId(attempt_id) ? log_dir_ + "/" + attempt_id : "";
}

net::awaitable<std::string> InventedTracker::OwnerOf(std::string job_id) {
  std::string owner = job_id == kJob ? kOwner : "";
  co_return owner;
}

}  // namespace mrd::test
