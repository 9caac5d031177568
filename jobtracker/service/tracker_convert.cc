#include "jobtracker/service/tracker_convert.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "jobtracker/service/enum_convert.h"
#include "mapred/wire/convert.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;
namespace wire = mapred::wire;

namespace {

constexpr std::uint32_t kSlotsMax = 10'000;
constexpr std::size_t kNameBytesMax = 512;
// What people are to read of a failure; a tracker may send more.
constexpr std::size_t kMessageBytesMax = 16u << 10;

Result<AttemptName> Attempt(const std::string& text) {
  std::optional<AttemptName> name = mapred::ParseAttemptId(text);
  if (!name) return InvalidArgument("\"" + text.substr(0, kNameBytesMax) + "\" is no attempt's id");
  return *std::move(name);
}

Result<std::uint16_t> Port(std::uint32_t port, const char* what) {
  if (port > 65535) return InvalidArgument(std::string(what) + " " + std::to_string(port) + " is no port");
  return static_cast<std::uint16_t>(port);
}

}  // namespace

Result<AttemptReport> FromProto(const proto::AttemptStatusProto& message) {
  AttemptReport report;
  MRD_ASSIGN_OR_RETURN(report.attempt, Attempt(message.attemptid()));
  report.state = FromProto(message.state());
  report.phase = FromProto(message.phase());
  // Also for what is no number.
  report.progress = message.progress() > 0 ? std::min(message.progress(), 1.0) : 0;
  report.records = message.records();
  report.bytes = message.bytes();
  if (message.has_failure()) {
    report.failure = FromProto(message.failure().kind());
    report.message = message.failure().message().substr(0, kMessageBytesMax);
    if (message.failure().has_badrecord()) report.bad_record = message.failure().badrecord();
  }
  if (report.state == AttemptState::kSucceeded) {
    report.result.counters = wire::FromProto(message.counters());
    report.result.ledger = wire::FromProto(message.ledger());
    for (const proto::PartProto& part : message.parts()) report.result.parts.push_back(wire::FromProto(part));
    report.result.output_bytes =
        std::accumulate(message.outputbytes().begin(), message.outputbytes().end(), std::uint64_t{0});
  }
  return report;
}

Result<FetchFailure> FromProto(const proto::FetchFailureProto& message) {
  FetchFailure failure;
  MRD_ASSIGN_OR_RETURN(failure.map, Attempt(message.mapattemptid()));
  MRD_ASSIGN_OR_RETURN(failure.reduce, Attempt(message.reduceattemptid()));
  failure.reason = message.reason().substr(0, kMessageBytesMax);
  failure.damaged = message.damaged();
  return failure;
}

Result<TrackerInfo> FromProto(const proto::TrackerProto& message, const std::string& peer_ip) {
  TrackerInfo info;
  info.name = message.name();
  info.host = message.host().empty() ? peer_ip : message.host();
  info.rack = message.rack();
  if (info.name.empty() || info.name.size() > kNameBytesMax || info.host.size() > kNameBytesMax ||
      info.rack.size() > kNameBytesMax) {
    return InvalidArgument("a tracker needs a name of 1 to " + std::to_string(kNameBytesMax) +
                           " bytes, and host and rack no longer than that");
  }
  MRD_ASSIGN_OR_RETURN(info.http_port, Port(message.httpport(), "httpPort"));
  MRD_ASSIGN_OR_RETURN(info.shuffle_port, Port(message.shuffleport(), "shufflePort"));
  if (message.mapslots() > kSlotsMax || message.reduceslots() > kSlotsMax) {
    return InvalidArgument("tracker " + info.name + ": more than " + std::to_string(kSlotsMax) + " slots");
  }
  info.map_slots = message.mapslots();
  info.reduce_slots = message.reduceslots();
  info.memory = message.memorybytes();
  info.start_ms = message.startms();
  return info;
}

}  // namespace mrd::jobtracker
