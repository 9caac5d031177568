#include "tests/support/invented_job.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/counters.h"
#include "mapred/ids.h"
#include "mapred/wire/convert.h"

namespace mrd::test {
namespace {

struct Slots {
  std::vector<std::uint64_t> free_at;  // slot after slot, trackers side by side
  std::size_t per_tracker;
  // Takes the slot that is free first.
  PlannedAttempt Take(std::uint64_t earliest_ms, std::uint64_t length_ms) {
    const auto first = std::min_element(free_at.begin(), free_at.end());
    PlannedAttempt plan;
    plan.tracker = static_cast<std::size_t>(first - free_at.begin()) / per_tracker;
    plan.start_ms = std::max(*first, earliest_ms) + 30;
    plan.end_ms = plan.start_ms + length_ms;
    *first = plan.end_ms;
    return plan;
  }
};

}  // namespace

proto::FailureProto InventedFailure(bool crash) {
  proto::FailureProto failure;
  failure.set_kind(crash ? proto::FAILED_CRASH : proto::FAILED_USER);
  failure.set_message(crash ? "SIGSEGV at address 0x18 in user code, in the mapper of record 1048577."
                            : "std::invalid_argument: stoi: the field \"<b>n/a</b>\" is no number.");
  failure.set_file("hdfs://namenode.example:8020/logs/2024-03-05/part-00017");
  failure.set_offset(67108991);
  failure.set_record("\"2024-03-05 11:12:13\\tGET /index.html\\tn/a\"  32 30 32 34 2d 30 33 2d 30 35 20 31 31 3a 31 32");
  for (const char* frame : {"Sessions::map(mr::Line, mr::Emit<std::string_view, int64_t>&) at sessions.cc:42",
                            "mr::detail::MapBatch<Sessions>(void*, mr_batch const*) at mr/map.h:118", "mr-worker"}) {
    failure.add_backtrace(frame);
  }
  failure.set_stderrtail("sessions: reading settings of /etc/sessions.conf\nsessions: 1048576 lines so far\n"
                         "sessions: field 3 of line 1048577 is \"n/a\"\n");
  failure.set_peakbytes(187 << 20);
  return failure;
}

void InventedJob::Plan(Random& random, std::uint64_t map_ms, std::uint64_t reduce_ms, bool failing) {
  Slots map_slots{std::vector<std::uint64_t>(kTrackers * kMapSlots, submit_ms), kMapSlots};
  Slots reduce_slots{std::vector<std::uint64_t>(kTrackers * kReduceSlots, submit_ms), kReduceSlots};
  std::uint64_t maps_end = 0;
  std::vector<std::uint64_t> ends;
  for (std::uint32_t i = 0; i < maps; ++i) {
    PlannedTask task;
    const bool fails = failing ? i % 5 == 2 : i == 11;
    for (int attempt = 0; attempt < (fails ? (failing ? 4 : 2) : 1); ++attempt) {
      auto plan = map_slots.Take(attempt == 0 ? submit_ms : task.attempts.back().end_ms, map_ms / 2 + random.Below(map_ms));
      plan.fails = fails && (failing || attempt == 0);
      if (plan.fails) plan.end_ms = plan.start_ms + (plan.end_ms - plan.start_ms) / 2;
      plan.locality = std::array{"node", "node", "node", "rack", "other"}[random.Below(5)];
      task.attempts.push_back(plan);
    }
    if (i == 20) {
      task.attempts[0].end_ms += 2 * map_ms;
      task.attempts.push_back(map_slots.Take(task.attempts[0].start_ms + map_ms, map_ms));
      task.attempts.back().speculative = true;
      task.attempts.back().locality = "rack";
      task.attempts[0].end_ms = std::max(task.attempts[0].end_ms, task.attempts[1].end_ms);
    }
    ends.push_back(task.attempts.back().end_ms);
    maps_end = std::max(maps_end, task.attempts.back().end_ms);
    tasks.push_back(std::move(task));
  }
  std::sort(ends.begin(), ends.end());
  end_ms = maps_end;
  for (std::uint32_t i = 0; i < reduces; ++i) {
    PlannedTask task;
    task.kind = proto::REDUCE;
    auto plan = reduce_slots.Take(ends.empty() ? submit_ms : ends[ends.size() / 3], 0);
    plan.end_ms = std::max(plan.start_ms, maps_end) + reduce_ms / 2 + random.Below(reduce_ms) + (i == 3 ? reduce_ms : 0);
    for (std::uint64_t& free : reduce_slots.free_at) {
      if (free == plan.start_ms) free = plan.end_ms;
    }
    end_ms = std::max(end_ms, plan.end_ms);
    task.attempts.push_back(plan);
    tasks.push_back(std::move(task));
  }
}

proto::TaskReportProto InventedJob::Report(std::size_t index, std::uint64_t wall) const {
  const PlannedTask& task = tasks[index];
  const std::uint64_t now = Now(wall);
  mapred::AttemptName name;
  name.job_id = spec.jobid();
  name.kind = task.kind == proto::REDUCE ? 'r' : 'm';
  name.number = static_cast<std::uint32_t>(task.kind == proto::REDUCE ? index - maps : index);
  proto::TaskReportProto report;
  report.set_taskid(name.TaskId());
  report.set_kind(task.kind);
  report.set_state("PENDING");
  report.set_progress(0);
  report.set_bytes(task.kind == proto::MAP ? 128 << 20 : 0);
  for (std::size_t i = 0; task.kind == proto::MAP && i < 3; ++i) report.add_hosts(TrackerHost((index + i) % kTrackers));
  for (std::size_t i = 0; i < task.attempts.size(); ++i) {
    const auto& plan = task.attempts[i];
    if (held || plan.start_ms > now) break;
    name.attempt = static_cast<std::uint32_t>(i);
    proto::AttemptReportProto* attempt = report.add_attempts();
    attempt->set_attemptid(name.ToString());
    attempt->set_tracker(TrackerName(plan.tracker));
    attempt->set_trackerurl("http://" + TrackerHost(plan.tracker) + ":50060");
    if (task.kind == proto::MAP) attempt->set_locality(plan.locality);
    attempt->set_speculative(plan.speculative);
    proto::AttemptStatusProto* status = attempt->mutable_status();
    status->set_attemptid(name.ToString());
    status->set_startms(plan.start_ms);
    const bool over = plan.end_ms <= now;
    const double part = over ? 1 : double(now - plan.start_ms) / double(plan.end_ms - plan.start_ms);
    status->set_progress(part);
    status->set_records(static_cast<std::uint64_t>(part * 1.3e6));
    status->set_bytes(static_cast<std::uint64_t>(part * (128 << 20)));
    status->set_peakbytes((90 << 20) + (index % 7) * (9 << 20));
    status->set_cpums(static_cast<std::uint64_t>(part * 0.8 * double(plan.end_ms - plan.start_ms)));
    if (task.kind == proto::REDUCE) {
      const std::uint64_t third = (plan.end_ms - plan.start_ms) / 3;
      status->set_phase(part < 1. / 3 ? proto::PHASE_SHUFFLE : part < 2. / 3 ? proto::PHASE_SORT : proto::PHASE_REDUCE);
      if (plan.start_ms + third <= now) status->set_shuffleendms(plan.start_ms + third);
      if (plan.start_ms + 2 * third <= now) status->set_sortendms(plan.start_ms + 2 * third);
    } else {
      status->set_phase(proto::PHASE_MAP);
    }
    attempt->set_state("RUNNING");
    status->set_state(proto::ATTEMPT_RUNNING);
    const bool lost_race = i == 0 && task.attempts.size() > 1 && task.attempts[1].speculative &&
                           task.attempts[1].end_ms <= now;
    if (killed_ms && !over && wall >= *killed_ms) {
      attempt->set_state("KILLED");
      status->set_endms(*killed_ms);
    } else if (over || lost_race) {
      status->set_endms(lost_race ? task.attempts[1].end_ms : plan.end_ms);
      attempt->set_state(plan.fails ? "FAILED" : lost_race ? "KILLED" : "SUCCEEDED");
      if (plan.fails) *status->mutable_failure() = InventedFailure(index % 2 == 1);
    }
    if (attempt->state() == "SUCCEEDED") *status->mutable_counters() = Counters(1.0 / double(tasks.size()));
    report.set_progress(plan.fails && over ? 0 : std::max(part, i > 0 && plan.speculative ? report.progress() : 0.0));
    report.set_state(attempt->state() == "FAILED" && i + 1 < task.attempts.size() ? "PENDING" : attempt->state());
    if (plan.speculative && !over) report.set_state("RUNNING");
  }
  if (report.state() == "PENDING" && !killed_ms) {
    const bool waits_for_maps = task.kind == proto::REDUCE && !held;
    report.mutable_waiting()->set_code(held ? "OTHER_JOBS_FIRST" : waits_for_maps ? "WAITS_FOR_MAPS" : "NO_FREE_SLOT");
    report.mutable_waiting()->set_text(held ? "Queue etl has its share of 6 slots; other queues are served first."
                                       : waits_for_maps
                                           ? "Reduces start when 5% of the maps are done."
                                           : "All 15 map slots are taken.");
  }
  return report;
}

proto::LedgerProto InventedJob::Ledger(double done) const {
  const auto of = [&](double bytes) { return static_cast<std::uint64_t>(bytes * done); };
  proto::LedgerProto ledger;
  ledger.set_splitbytes(of(6.0e9));
  ledger.set_mapbytes(of(9.8e9));
  ledger.set_combinebytes(of(1.4e9));
  ledger.set_spillbytes(of(1.6e9));
  ledger.set_shufflebytes(of(1.55e9));
  ledger.set_reducebytes(of(1.38e9));
  ledger.set_outputbytes(of(4.1e8));
  ledger.set_inputrecords(of(6.2e7));
  ledger.set_maprecords(of(9.1e8));
  ledger.set_shuffledrecords(of(1.2e8));
  ledger.set_outputrecords(of(2.4e7));
  ledger.set_groups(of(2.4e7));
  ledger.set_largestgrouprecords(of(48000));
  ledger.set_largestgroupbytes(of(1.1e6));
  ledger.set_largestgroupkey("the </td><script>alert(3)</script>");
  for (int i = 0; i < 16; ++i) ledger.add_grouphistogram(of(1.2e7) >> (i + i / 3));
  return ledger;
}

proto::CountersProto InventedJob::Counters(double done) const {
  engine::Counters counters;
  const auto of = [&](double value) { return static_cast<std::int64_t>(value * done); };
  counters.Add(engine::kTaskGroup, "MAP_INPUT_RECORDS", of(6.2e7));
  counters.Add(engine::kTaskGroup, "MAP_OUTPUT_RECORDS", of(9.1e8));
  counters.Add(engine::kTaskGroup, "MAP_OUTPUT_BYTES", of(9.8e9));
  counters.Add(engine::kTaskGroup, "COMBINE_INPUT_RECORDS", of(9.1e8));
  counters.Add(engine::kTaskGroup, "COMBINE_OUTPUT_RECORDS", of(1.2e8));
  counters.Add(engine::kTaskGroup, "REDUCE_INPUT_GROUPS", of(2.4e7));
  counters.Add(engine::kTaskGroup, "REDUCE_SHUFFLE_BYTES", of(1.55e9));
  counters.Add(engine::kTaskGroup, "SPILLED_RECORDS", of(2.4e8));
  counters.Add(engine::kJobGroup, "TOTAL_LAUNCHED_MAPS", of(maps));
  counters.Add(engine::kJobGroup, "DATA_LOCAL_MAPS", of(maps * 0.8));
  counters.Add("Quality <i>of</i> lines", "MALFORMED", of(1723));
  counters.Add("Quality <i>of</i> lines", "TOO_LONG", of(12));
  proto::CountersProto out;
  mapred::wire::ToProto(counters, &out);
  return out;
}

}  // namespace mrd::test
