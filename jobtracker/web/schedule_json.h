#pragma once

#include <boost/json.hpp>

#include "proto/mr/schedules.pb.h"

namespace mrd::jobtracker::web {

// A schedule and its runs as JSON (docs/protocols.md); its terms are fields of the schedule itself.
boost::json::object ToJson(const mapred::proto::ScheduleRunProto& run);
boost::json::object ToJson(const mapred::proto::ScheduleProto& schedule);

}  // namespace mrd::jobtracker::web
