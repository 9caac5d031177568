#include "jobtracker/service/schedule_convert.h"

#include <string>
#include <utility>

namespace mrd::jobtracker {

namespace proto = mapred::proto;

void ToProto(const ScheduleTerms& terms, proto::ScheduleTermsProto* message) {
  message->set_name(terms.name);
  message->set_owner(terms.owner);
  message->set_cron(terms.cron);
  message->set_zone(terms.zone);
  message->set_overlap(std::string(WordOf(terms.overlap)));
  message->set_missed(std::string(WordOf(terms.missed)));
  message->set_missedmax(static_cast<std::uint32_t>(terms.missed_max));
  message->set_historymax(static_cast<std::uint32_t>(terms.history_max));
}

Result<ScheduleTerms> FromProto(const proto::ScheduleTermsProto& message) {
  ScheduleTerms terms;
  terms.name = message.name();
  terms.owner = message.owner();
  terms.cron = message.cron();
  terms.zone = message.zone();
  const std::optional<Overlap> overlap = ParseOverlap(message.overlap());
  if (!overlap) {
    return InvalidArgument("the policy for overlaps is skip, queue, kill or allow, not \"" + message.overlap().substr(0, 100) + "\"");
  }
  const std::optional<Missed> missed = ParseMissed(message.missed());
  if (!missed) {
    return InvalidArgument("the policy for missed runs is skip, once or all, not \"" + message.missed().substr(0, 100) + "\"");
  }
  terms.overlap = *overlap;
  terms.missed = *missed;
  if (message.has_missedmax()) terms.missed_max = message.missedmax();
  if (message.has_historymax()) terms.history_max = message.historymax();
  return terms;
}

void ToProto(const ScheduleRun& run, proto::ScheduleRunProto* message) {
  message->set_number(run.number);
  message->set_duems(run.due_ms);
  if (run.by_hand) message->set_byhand(true);
  message->set_state(std::string(WordOf(run.state)));
  if (!run.job.empty()) message->set_jobid(run.job);
  if (run.start_ms != 0) message->set_startms(run.start_ms);
  if (run.end_ms != 0) message->set_endms(run.end_ms);
  if (!run.message.empty()) message->set_message(run.message);
  if (run.count != 1) message->set_count(run.count);
}

proto::ScheduleStateProto StateToProto(const Schedule& schedule) {
  proto::ScheduleStateProto message;
  ToProto(schedule.terms, message.mutable_terms());
  message.set_enabled(schedule.enabled);
  message.set_createdms(schedule.created_ms);
  message.set_lookedatms(schedule.looked_at_ms);
  message.set_lastnumber(schedule.last_number);
  for (const ScheduleRun& run : schedule.runs) ToProto(run, message.add_runs());
  return message;
}

Result<Schedule> FromProto(const proto::ScheduleStateProto& message) {
  Schedule schedule;
  MRD_ASSIGN_OR_RETURN(schedule.terms, FromProto(message.terms()));
  schedule.enabled = message.enabled();
  schedule.created_ms = message.createdms();
  schedule.looked_at_ms = message.lookedatms();
  schedule.last_number = message.lastnumber();
  for (const proto::ScheduleRunProto& from : message.runs()) {
    const std::optional<RunState> state = ParseRunState(from.state());
    const bool in_order = schedule.runs.empty() || schedule.runs.back().number < from.number();
    if (!state || !in_order || from.number() > schedule.last_number) {
      return InvalidArgument("run " + std::to_string(from.number()) + " of schedule " + schedule.terms.name +
                             " makes no sense");
    }
    ScheduleRun run;
    run.number = from.number();
    run.due_ms = from.duems();
    run.by_hand = from.byhand();
    run.state = *state;
    run.job = from.jobid();
    run.start_ms = from.startms();
    run.end_ms = from.endms();
    run.message = from.message();
    run.count = from.count();
    schedule.runs.push_back(std::move(run));
  }
  return schedule;
}

}  // namespace mrd::jobtracker
