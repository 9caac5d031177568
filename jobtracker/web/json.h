#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "common/base/utf8.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker::web {

namespace json = boost::json;
namespace proto = mapred::proto;

// Messages as JSON (docs/protocols.md): fields have the messages' names, enumerations their words in lower case, times are
// milliseconds since 1970. Fields that are not set are left out.

// A key for people: itself if it is text, else hex with "0x" before it.
std::string KeyText(std::string_view bytes);

std::string_view StateWord(proto::JobStateProto state);   // "running"
std::string_view KindWord(proto::TaskKindProto kind);     // "map"
std::string KindWord(proto::FailureKindProto kind);       // "crash"
std::string PhaseWord(proto::AttemptPhaseProto phase);    // "shuffle"

json::object ToJson(const proto::JobStatusProto& status);
json::object ToJson(const proto::FailureProto& failure);
json::object ToJson(const proto::FailureGroupProto& group);
json::object ToJson(const proto::LedgerProto& ledger);
// [{"group": internal, "title": shown, "counters": [{"name", "title", "value"}]}], in Hadoop's order.
json::array ToJson(const proto::CountersProto& counters);
// `whole`: with counters and all that is known of its attempts.
json::object ToJson(const proto::TaskReportProto& task, bool whole);
json::object ToJson(const proto::TaskEventProto& event);
json::object ToJson(const proto::JobSpecProto& spec);
json::object ToJson(const proto::TrackerStatusProto& tracker);
json::object ToJson(const proto::QueueStatusProto& queue);
json::object ToJson(const proto::GetClusterResponseProto& cluster);

}  // namespace mrd::jobtracker::web
