#include <algorithm>
#include <tuple>

#include "engine/failure_source.h"
#include "engine/reduce_attempt.h"
#include "tasktracker/worker/failure.h"
#include "tasktracker/worker/task_kinds.h"

namespace mrd::tasktracker {

namespace {

constexpr std::size_t kVerifyBytes = std::size_t{1} << 20;

// Segments of all maps in the order of (map, sequence), as they come from the tracker.
class Gathering {
 public:
  explicit Gathering(AttemptWork& work) : work_(work), number_(static_cast<int>(work.launch.number())) {}

  // Waits until the segments of all maps were named.
  Status Gather() {
    std::uint32_t maps_done = 0;
    while (maps_done < work_.launch.maps()) {
      const auto came = work_.lifeline.NextSegments();
      for (const auto& segment : came.segments()) Add(segment);
      maps_done = came.mapsdone();
    }
    std::sort(spills_.begin(), spills_.end(), [](const engine::SpillFile& a, const engine::SpillFile& b) {
      return std::tie(a.map, a.sequence) < std::tie(b.map, b.sequence);
    });
    const auto twice = std::adjacent_find(spills_.begin(), spills_.end(), [](const auto& a, const auto& b) {
      return a.map == b.map && a.sequence == b.sequence;
    });
    if (twice == spills_.end()) return Status::Ok();
    return Internal("the tracker named segment " + std::to_string(twice->sequence) + " of map " +
                    std::to_string(twice->map) + " twice");
  }

  // Reads all that was named, and tells the tracker which segments are damaged or gone.
  void TellDamaged() {
    for (const engine::SpillFile& spill : spills_) {
      engine::SegmentCursor cursor(spill, number_, kVerifyBytes);
      while (cursor.Next()) {
      }
      if (cursor.status().ok()) continue;
      mapred::proto::WorkerMessageProto message;
      auto* const bad = message.mutable_badsegment();
      bad->set_map(static_cast<std::uint32_t>(spill.map));
      bad->set_sequence(static_cast<std::uint32_t>(spill.sequence));
      bad->set_reason(Legible(cursor.status().message()));
      if (!work_.lifeline.Send(message).ok()) return;
    }
  }

  const std::vector<engine::SpillFile>& spills() const { return spills_; }
  std::uint64_t records() const { return records_; }

 private:
  void Add(const mapred::proto::TrackerMessageProto::Segment& segment) {
    if (segment.records() == 0) return;
    engine::SpillFile spill;
    spill.path = segment.path();
    spill.map = static_cast<int>(segment.map());
    spill.sequence = static_cast<int>(segment.sequence());
    spill.segments = {{.offset = segment.offset(), .bytes = segment.bytes(), .records = segment.records()}};
    spill.first_reduce = number_;
    spill.env = &Env::Posix();
    records_ += segment.records();
    spills_.push_back(std::move(spill));
  }

  AttemptWork& work_;
  const int number_;
  std::vector<engine::SpillFile> spills_;
  std::uint64_t records_ = 0;
};

LiveFigures FiguresOf(const engine::ReduceAttempt& attempt,
                      const engine::TaskProgress& progress,
                      engine::AttemptReport& report,
                      const engine::JobContext& context,
                      std::uint64_t records) {
  LiveFigures now;
  now.records = progress.records.load(std::memory_order_relaxed);
  now.bytes = progress.bytes.load(std::memory_order_relaxed);
  // Copying and sorting are the first two thirds.
  const double reduced = records == 0 ? 0 : std::min(0.99, static_cast<double>(now.records) / static_cast<double>(records));
  now.progress = (2 + reduced) / 3;
  now.pulse = now.records + attempt.emitted() + report.touches() + context.merged_records.load(std::memory_order_relaxed) +
              attempt.place_in_batch();
  now.stands_at = attempt.StandsAt();
  now.status = report.status();
  now.counters = report.counters();
  report.Ask();
  return now;
}

}  // namespace

Result<Outcome> RunReduce(AttemptWork& work) {
  Gathering gathering(work);
  work.lifeline.EnterPhase(mapred::proto::PHASE_SHUFFLE);
  MRD_RETURN_IF_ERROR(gathering.Gather());

  engine::TaskProgress progress;
  engine::AttemptReport report;
  engine::ReduceAttempt attempt(*work.context, static_cast<int>(work.launch.number()), gathering.spills());
  attempt.progress = &progress;
  attempt.report = &report;
  attempt.LeaveOut(work.Skips());
  work.GiveOutput(attempt);

  work.lifeline.Watch([&] { return FiguresOf(attempt, progress, report, *work.context, gathering.records()); });
  work.lifeline.EnterPhase(mapred::proto::PHASE_SORT);
  Status ran = attempt.Prepare();
  if (ran.ok()) {
    work.lifeline.EnterPhase(mapred::proto::PHASE_REDUCE);
    ran = attempt.Run();
  }
  work.lifeline.Watch(nullptr);
  work.bad_record = attempt.culprit();
  if (ran.tag() == engine::kFromMapOutput) gathering.TellDamaged();
  MRD_RETURN_IF_ERROR(ran);
  MRD_RETURN_IF_ERROR(work.Publish(attempt));
  return work.Conclude(attempt);
}

}  // namespace mrd::tasktracker
