#include <algorithm>

#include "engine/map_attempt.h"
#include "mapred/wire/convert.h"
#include "tasktracker/worker/task_kinds.h"

namespace mrd::tasktracker {

namespace {

LiveFigures FiguresOf(const engine::MapAttempt& attempt,
                      const engine::TaskProgress& progress,
                      engine::AttemptReport& report,
                      std::uint64_t split_bytes) {
  LiveFigures now;
  now.records = progress.records.load(std::memory_order_relaxed);
  now.bytes = progress.bytes.load(std::memory_order_relaxed);
  now.progress = split_bytes == 0 ? 0 : std::min(0.99, static_cast<double>(now.bytes) / static_cast<double>(split_bytes));
  now.stands_at = attempt.StandsAt();
  // Each of them only rises, so the sum tells whether one has; but between two batches it stands at no record.
  now.pulse = now.records + report.touches() + attempt.emitted() + now.bytes + (now.stands_at ? *now.stands_at + 1 : 0);
  now.status = report.status();
  now.counters = report.counters();
  report.Ask();
  return now;
}

void Announce(const std::vector<engine::SpillFile>& spills, mapred::proto::WorkerMessageProto::MapOutput* message) {
  for (const engine::SpillFile& spill : spills) {
    mapred::proto::SpillProto* const out = message->add_spills();
    out->set_sequence(static_cast<std::uint32_t>(spill.sequence));
    out->set_path(spill.path);
    for (const engine::SegmentRange& segment : spill.segments) {
      mapred::proto::SegmentProto* const range = out->add_segments();
      range->set_offset(segment.offset);
      range->set_bytes(segment.bytes);
      range->set_records(segment.records);
    }
  }
}

}  // namespace

Result<Outcome> RunMap(AttemptWork& work) {
  const engine::InputSplit split = mapred::wire::FromProto(work.launch.split());
  const engine::Partitioner partitioner(*work.definition, work.context->reduces,
                                        {work.spec().cuts().begin(), work.spec().cuts().end()});
  engine::TaskMemory memory(work.settings.task_memory_bytes);
  engine::TaskProgress progress;
  engine::AttemptReport report;
  engine::MapAttempt attempt(*work.context, static_cast<int>(work.launch.number()), split, partitioner, memory);
  attempt.progress = &progress;
  attempt.report = &report;
  attempt.LeaveOut(work.Skips());
  work.GiveOutput(attempt);

  work.lifeline.EnterPhase(mapred::proto::PHASE_MAP);
  work.lifeline.Watch([&] { return FiguresOf(attempt, progress, report, split.bytes); });
  Status ran = attempt.Run();
  work.lifeline.Watch(nullptr);
  work.bad_record = attempt.culprit();
  MRD_RETURN_IF_ERROR(ran);

  const std::vector<engine::SpillFile> spills = attempt.TakeSpills();
  MRD_RETURN_IF_ERROR(work.Publish(attempt));
  Outcome outcome = work.Conclude(attempt);
  if (work.context->reduces > 0) Announce(spills, &outcome.map_output);
  return outcome;
}

}  // namespace mrd::tasktracker
