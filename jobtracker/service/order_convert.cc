#include "jobtracker/service/order_convert.h"

#include <utility>
#include <variant>

#include "jobtracker/service/enum_convert.h"
#include "mapred/wire/convert.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

// A specification that the tracker has already: its id, and nothing where something is required.
void NameOnly(const std::string& job, proto::JobSpecProto* spec) {
  spec->set_jobid(job);
  spec->set_jobname("");
  spec->set_user("");
  spec->set_entry("");
  spec->set_reduces(0);
  proto::PackProto* const pack = spec->mutable_pack();
  pack->set_path("");
  pack->set_sha256("");
  pack->set_bytes(0);
  pack->set_plugin("");
}

void Write(const KillOrder& order, proto::OrderProto* message) {
  proto::OrderProto::Kill* const kill = message->mutable_kill();
  kill->set_attemptid(order.attempt.ToString());
  kill->set_reason(order.reason);
  kill->set_asfailure(order.as_failure);
}

void Write(const MapOutputsOrder& order, proto::OrderProto* message) {
  proto::OrderProto::MapOutputs* const outputs = message->mutable_mapoutputs();
  outputs->set_jobid(order.job);
  for (const MapOutput& output : order.outputs) {
    proto::OrderProto::MapOutput* const to = outputs->add_outputs();
    to->set_map(output.map);
    to->set_attemptid(output.attempt.ToString());
    to->set_host(output.host);
    to->set_shuffleport(output.shuffle_port);
    to->set_tracker(output.tracker);
    if (output.withdrawn) to->set_withdrawn(true);
    if (output.absent) to->set_absent(true);
  }
}

void Write(const CommitOrder& order, proto::OrderProto* message) {
  proto::OrderProto::Commit* const commit = message->mutable_commit();
  commit->set_attemptid(order.attempt.ToString());
  commit->set_granted(order.granted);
  if (order.granted) commit->set_token(order.token);
  if (!order.reason.empty()) commit->set_reason(order.reason);
  for (const AttemptName& attempt : order.superseded) commit->add_superseded(attempt.ToString());
}

}  // namespace

bool OrderWriter::Write(const Order& order, proto::OrderProto* message) const {
  message->set_sequence(order.sequence);
  if (const auto* launch = std::get_if<LaunchOrder>(&order.body)) return Launch(*launch, message->mutable_launch());
  if (const auto* kill = std::get_if<KillOrder>(&order.body)) jobtracker::Write(*kill, message);
  if (const auto* forget = std::get_if<ForgetOrder>(&order.body)) message->mutable_forget()->set_jobid(forget->job);
  if (const auto* outputs = std::get_if<MapOutputsOrder>(&order.body)) jobtracker::Write(*outputs, message);
  if (const auto* commit = std::get_if<CommitOrder>(&order.body)) jobtracker::Write(*commit, message);
  if (const auto* leave = std::get_if<LeaveOrder>(&order.body)) message->mutable_leave()->set_reason(leave->reason);
  return true;
}

bool OrderWriter::Launch(const LaunchOrder& order, proto::OrderProto::Launch* message) const {
  const JobPapers* const papers = papers_(order.attempt.job_id);
  if (papers == nullptr) return false;
  const auto kind = static_cast<TaskKind>(order.attempt.kind);
  message->set_attemptid(order.attempt.ToString());
  message->set_kind(ToProto(kind));
  message->set_number(order.attempt.number);
  message->set_attempt(order.attempt.attempt);
  message->set_specwhole(order.spec_whole);
  if (order.spec_whole) {
    *message->mutable_spec() = papers->spec();
  } else {
    NameOnly(order.attempt.job_id, message->mutable_spec());
  }
  if (kind == TaskKind::kMap && order.attempt.number < papers->splits().size()) {
    *message->mutable_split() = papers->splits().At(order.attempt.number);
    message->mutable_split()->clear_hosts();
  }
  if (kind == TaskKind::kCommit) {
    const Result<CommitWork> work = core_.WorkOfCommit(order.attempt.job_id);
    if (!work.ok()) return false;
    for (const std::string& task : work.value().tasks) message->add_committedtasks(task);
    for (const engine::ManifestPart& part : work.value().parts) mapred::wire::ToProto(part, message->add_parts());
    mapred::wire::ToProto(work.value().ledger, message->mutable_ledger());
  }
  for (const std::uint64_t number : order.left_out) {
    message->add_skipranges(number);
    message->add_skipranges(1);
  }
  if (order.memory > 0) message->set_memorybytes(order.memory);
  message->set_timeoutms(static_cast<std::uint64_t>(papers->task_timeout_ms()));
  if (papers->Profiled(kind, order.attempt.number)) message->set_profile(true);
  return true;
}

}  // namespace mrd::jobtracker
