#include "jobtracker/service/record_codec.h"

#include <utility>
#include <variant>

#include "jobtracker/service/enum_convert.h"
#include "jobtracker/service/parse_message.h"
#include "mapred/wire/convert.h"
#include "proto/mr/journal.pb.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;
namespace wire = mapred::wire;

namespace {

class Encoder {
 public:
  Encoder(proto::JournalRecordProto* out, const proto::AttemptStatusProto* detail) : out_(out), detail_(detail) {}

  void operator()(const LifeBegan& record) const { out_->mutable_lifebegan()->set_life(record.life); }
  void operator()(const JobSubmitted& record) const {
    auto* const to = out_->mutable_jobsubmitted();
    to->set_jobid(record.job->id);
    to->set_order(record.order);
    to->set_wallms(record.wall_ms);
    to->set_whole(record.whole);
    to->set_life(record.life);
  }
  void operator()(const AttemptLaunched& record) const {
    auto* const to = out_->mutable_attemptlaunched();
    to->set_attemptid(record.attempt.ToString());
    to->set_tracker(record.tracker);
    to->set_host(record.host);
    to->set_httpport(record.http_port);
    to->set_shuffleport(record.shuffle_port);
    to->set_locality(static_cast<std::uint32_t>(record.locality));
    to->set_speculative(record.speculative);
    to->set_wallms(record.wall_ms);
  }
  void operator()(const AttemptEnded& record) const {
    auto* const to = out_->mutable_attemptended();
    to->set_attemptid(record.attempt.ToString());
    to->set_state(ToProto(record.state));
    to->set_wallms(record.wall_ms);
    if (record.state == AttemptState::kFailed) to->set_kind(ToProto(record.failure));
    if (record.bad_record) to->set_badrecord(*record.bad_record);
    if (!record.message.empty()) to->set_message(record.message);
    if (record.state == AttemptState::kSucceeded) {
      wire::ToProto(record.result.counters, to->mutable_counters());
      wire::ToProto(record.result.ledger, to->mutable_ledger());
      for (const engine::ManifestPart& part : record.result.parts) wire::ToProto(part, to->add_parts());
      to->set_outputbytes(record.result.output_bytes);
    }
    if (detail_ == nullptr) return;
    *to->mutable_detail() = *detail_;
    to->mutable_detail()->clear_counters();
    to->mutable_detail()->clear_ledger();
    to->mutable_detail()->clear_parts();
    to->mutable_detail()->clear_outputbytes();
  }
  void operator()(const OutputWithdrawn& record) const {
    auto* const to = out_->mutable_outputwithdrawn();
    to->set_attemptid(record.attempt.ToString());
    to->set_reason(record.reason);
    to->set_wallms(record.wall_ms);
  }
  void operator()(const CommitGranted& record) const {
    auto* const to = out_->mutable_commitgranted();
    to->set_attemptid(record.attempt.ToString());
    to->set_token(record.token);
  }
  void operator()(const PrioritySet& record) const {
    auto* const to = out_->mutable_priorityset();
    to->set_jobid(record.job);
    to->set_priority(std::string(PriorityName(record.priority)));
  }
  void operator()(const JobEnding& record) const {
    auto* const to = out_->mutable_jobending();
    to->set_jobid(record.job);
    to->set_state(ToProto(record.state));
    to->set_failure(record.failure);
  }
  void operator()(const JobEnded& record) const {
    auto* const to = out_->mutable_jobended();
    to->set_jobid(record.job);
    to->set_state(ToProto(record.state));
    to->set_failure(record.failure);
    to->set_startms(record.start_wall_ms);
    to->set_endms(record.end_wall_ms);
    to->set_mapsdone(record.maps_done);
    to->set_reducesdone(record.reduces_done);
    to->set_attemptsfailed(record.attempts_failed);
    to->set_attemptskilled(record.attempts_killed);
    wire::ToProto(record.counters, to->mutable_counters());
    wire::ToProto(record.ledger, to->mutable_ledger());
  }

 private:
  proto::JournalRecordProto* out_;
  const proto::AttemptStatusProto* detail_;
};

Result<AttemptName> Attempt(const std::string& text) {
  std::optional<AttemptName> name = mapred::ParseAttemptId(text);
  if (!name) return Corruption("\"" + text + "\" is no attempt");
  return *std::move(name);
}

Result<RecordBody> Decode(proto::JournalRecordProto::AttemptLaunched& from) {
  AttemptLaunched record;
  MRD_ASSIGN_OR_RETURN(record.attempt, Attempt(from.attemptid()));
  if (from.locality() > static_cast<std::uint32_t>(Locality::kNone)) return Corruption("no such locality");
  record.tracker = from.tracker();
  record.host = from.host();
  record.http_port = static_cast<std::uint16_t>(from.httpport());
  record.shuffle_port = static_cast<std::uint16_t>(from.shuffleport());
  record.locality = static_cast<Locality>(from.locality());
  record.speculative = from.speculative();
  record.wall_ms = from.wallms();
  return RecordBody(std::move(record));
}

Result<RecordBody> Decode(proto::JournalRecordProto::AttemptEnded& from, DecodedRecord* decoded) {
  AttemptEnded record;
  MRD_ASSIGN_OR_RETURN(record.attempt, Attempt(from.attemptid()));
  record.state = FromProto(from.state());
  if (from.has_kind()) record.failure = FromProto(from.kind());
  if (from.has_badrecord()) record.bad_record = from.badrecord();
  record.message = from.message();
  record.wall_ms = from.wallms();
  record.result.counters = wire::FromProto(from.counters());
  record.result.ledger = wire::FromProto(from.ledger());
  for (const proto::PartProto& part : from.parts()) record.result.parts.push_back(wire::FromProto(part));
  record.result.output_bytes = from.outputbytes();
  if (from.has_detail()) decoded->detail.reset(from.release_detail());
  return RecordBody(std::move(record));
}

Result<RecordBody> Decode(const proto::JournalRecordProto::JobEnded& from) {
  JobEnded record;
  record.job = from.jobid();
  record.state = FromProto(from.state());
  if (!IsOver(record.state)) return Corruption(record.job + " ended, but runs");
  record.failure = from.failure();
  record.start_wall_ms = from.startms();
  record.end_wall_ms = from.endms();
  record.maps_done = from.mapsdone();
  record.reduces_done = from.reducesdone();
  record.attempts_failed = from.attemptsfailed();
  record.attempts_killed = from.attemptskilled();
  record.counters = wire::FromProto(from.counters());
  record.ledger = wire::FromProto(from.ledger());
  return RecordBody(std::move(record));
}

Result<RecordBody> DecodeBody(proto::JournalRecordProto& from, const SubmissionSource& submission,
                              DecodedRecord* decoded) {
  if (from.has_lifebegan()) return RecordBody(LifeBegan{from.lifebegan().life()});
  if (from.has_jobsubmitted()) {
    const auto& submitted = from.jobsubmitted();
    JobSubmitted record;
    MRD_ASSIGN_OR_RETURN(record.job, submission(submitted.jobid()));
    record.order = submitted.order();
    record.wall_ms = submitted.wallms();
    record.whole = submitted.whole();
    record.life = submitted.life();
    return RecordBody(std::move(record));
  }
  if (from.has_attemptlaunched()) return Decode(*from.mutable_attemptlaunched());
  if (from.has_attemptended()) return Decode(*from.mutable_attemptended(), decoded);
  if (from.has_outputwithdrawn()) {
    const auto& withdrawn = from.outputwithdrawn();
    OutputWithdrawn record;
    MRD_ASSIGN_OR_RETURN(record.attempt, Attempt(withdrawn.attemptid()));
    record.reason = withdrawn.reason();
    record.wall_ms = withdrawn.wallms();
    return RecordBody(std::move(record));
  }
  if (from.has_commitgranted()) {
    CommitGranted record;
    MRD_ASSIGN_OR_RETURN(record.attempt, Attempt(from.commitgranted().attemptid()));
    record.token = from.commitgranted().token();
    return RecordBody(std::move(record));
  }
  if (from.has_priorityset()) {
    const std::optional<Priority> priority = ParsePriority(from.priorityset().priority());
    if (!priority) return Corruption("\"" + from.priorityset().priority() + "\" is no priority");
    return RecordBody(PrioritySet{from.priorityset().jobid(), *priority});
  }
  if (from.has_jobending()) {
    JobEnding record;
    record.job = from.jobending().jobid();
    record.state = FromProto(from.jobending().state());
    record.failure = from.jobending().failure();
    return RecordBody(std::move(record));
  }
  if (from.has_jobended()) return Decode(from.jobended());
  return Corruption("it says nothing that this version knows");
}

}  // namespace

std::string EncodeRecord(const Record& record, const proto::AttemptStatusProto* detail) {
  proto::JournalRecordProto out;
  std::visit(Encoder(&out, detail), record.body);
  return out.SerializeAsString();
}

Result<DecodedRecord> DecodeRecord(std::uint64_t number, std::string_view value, const SubmissionSource& submission) {
  DecodedRecord decoded;
  decoded.record.number = number;
  proto::JournalRecordProto message;
  const std::string what = "record " + std::to_string(number);
  if (!ParseMessage(value, &message)) return Corruption(what + ": no such message");
  Result<RecordBody> body = DecodeBody(message, submission, &decoded);
  if (!body.ok()) return body.status().WithContext(what);
  decoded.record.body = *std::move(body);
  return decoded;
}

}  // namespace mrd::jobtracker
