#pragma once

#include "common/base/status.h"
#include "jobtracker/schedule/schedule_book.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::jobtracker {

// Between the book's values and the messages of proto/mr/schedules.proto. kInvalidArgument names a word that is unknown.
void ToProto(const ScheduleTerms& terms, mapred::proto::ScheduleTermsProto* message);
Result<ScheduleTerms> FromProto(const mapred::proto::ScheduleTermsProto& message);
void ToProto(const ScheduleRun& run, mapred::proto::ScheduleRunProto* message);
mapred::proto::ScheduleStateProto StateToProto(const Schedule& schedule);
Result<Schedule> FromProto(const mapred::proto::ScheduleStateProto& message);

}  // namespace mrd::jobtracker
