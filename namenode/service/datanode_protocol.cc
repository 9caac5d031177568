#include "namenode/service/datanode_protocol.h"

#include <optional>
#include <utility>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/namespace_convert.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::namenode {

using namespace dfs::proto;  // NOLINT: the messages of this file
namespace wire = dfs::wire;

namespace {

// Commands carry the term of the namenode that gives them; this one is always the only one.
constexpr std::uint64_t kNamenodeEpoch = 1;
constexpr std::uint32_t kLayoutVersion = 1;

// Writes one order as its message.
class CommandWriter {
 public:
  CommandWriter(const CoreState& state, CommandProto* proto) : state_(state), proto_(proto) {
    proto_->set_namenodeepoch(kNamenodeEpoch);
  }
  void operator()(const TransferCommand& command) const {
    TransferCommandProto* const out = proto_->mutable_transfer();
    wire::ToProto(state_.Extend(command.block), out->mutable_block());
    for (const dfs::ReplicaLocation& target : command.targets) {
      TransferTargetProto* const to = out->add_targets();
      wire::ToProto(target.node, to->mutable_node());
      to->set_storageuuid(target.storage_uuid);
      to->set_storagetype(wire::ToProto(target.storage_type));
    }
  }
  void operator()(const InvalidateCommand& command) const {
    InvalidateCommandProto* const out = proto_->mutable_invalidate();
    out->set_poolid(state_.info.pool_id);
    for (const dfs::Block& block : command.blocks) wire::ToProto(block, out->add_blocks());
  }
  void operator()(const RecoverBlockCommand& command) const {
    RecoverBlockCommandProto* const out = proto_->mutable_recoverblock();
    wire::ToProto(state_.Extend(command.block), out->mutable_block());
    out->set_newgenerationstamp(static_cast<std::uint64_t>(command.new_stamp.value));
    for (const dfs::DatanodeInfo& location : command.locations) wire::ToProto(location, out->add_locations());
    if (command.truncate_length) out->set_truncatelength(*command.truncate_length);
  }
  void operator()(const VerifyBlockCommand& command) const {
    wire::ToProto(state_.Extend(command.block), proto_->mutable_verifyblock()->mutable_block());
  }
  void operator()(const SetBandwidthCommand& command) const {
    proto_->mutable_setbandwidth()->set_bytespersecond(command.bytes_per_second);
  }
  void operator()(const RegisterCommand&) const { proto_->mutable_registeragain(); }
  void operator()(const ShutdownCommand&) const { proto_->mutable_shutdown(); }

 private:
  const CoreState& state_;
  CommandProto* proto_;
};

// A datanode of another file system must not join: it would be told to delete what it holds.
Status CheckIdentity(const RegisterRequestProto& request, const dfs::NamespaceInfo& info) {
  const auto differs = [](const std::string& theirs, const std::string& ours) { return !theirs.empty() && theirs != ours; };
  const std::string who = "datanode " + request.id().ipaddr() + ":" + std::to_string(request.id().xferport());
  if (differs(request.clusterid(), info.cluster_id) || differs(request.poolid(), info.pool_id)) {
    return dfs::Exception(dfs::java::kDisallowedDatanode,
                          who + " belongs to cluster " + request.clusterid() + " (pool " + request.poolid() +
                              "), this namenode to cluster " + info.cluster_id + " (pool " + info.pool_id +
                              "). Give it an empty data directory, or start the namenode that it belongs to.");
  }
  if (request.layoutversion() != kLayoutVersion) {
    return dfs::Exception(dfs::java::kDisallowedDatanode, who + " has layout version " +
                                                              std::to_string(request.layoutversion()) + ", expected " +
                                                              std::to_string(kLayoutVersion));
  }
  return Status::Ok();
}

Result<HeartbeatReport> ReportOf(const HeartbeatRequestProto& request) {
  HeartbeatReport report;
  for (const hadoop::hdfs::StorageReportProto& proto : request.storages()) {
    MRD_ASSIGN_OR_RETURN(dfs::StorageReport storage, wire::FromProto(proto));
    report.storages.push_back(std::move(storage));
  }
  report.xceivers = request.xceivercount();
  report.transfers = request.xmitsinprogress();
  report.failed_volumes = request.failedvolumes();
  report.replicas = request.blocks();
  return report;
}

}  // namespace

DatanodeProtocol::DatanodeProtocol(Core& core, EditPipeline& edits, Clock& clock, Logger log,
                                   DatanodeProtocolOptions options)
    : core_(core), edits_(edits), clock_(clock), log_(std::move(log)), options_(std::move(options)) {
  AddMethods();
}

std::optional<Result<std::string>> DatanodeProtocol::AnswerStranger(const rpc::Call& call) const {
  if (!options_.proof) {
    if (call.method != rpc::kChallengeMethod) return std::nullopt;
    return dfs::Exception(dfs::java::kDisallowedDatanode,
                          "this namenode has no secret, the datanode has one; mr.security.secret.file must be the same "
                          "for all daemons");
  }
  if (call.standing != nullptr) {
    std::optional<Result<std::string>> answer =
        options_.proof->Serve(call.method, call.request, &call.standing->challenge, &call.standing->proven);
    if (answer && !answer->ok()) log_.Warn("proof refused from=" + call.peer.ip + " why=" + answer->status().message());
    if (answer) return answer;
    if (call.standing->proven) return std::nullopt;
  }
  return dfs::Exception(dfs::java::kAuthorization,
                        "datanodes of this cluster prove that they hold its secret; give the datanode the namenode's "
                        "mr.security.secret.file");
}

net::awaitable<Result<std::string>> DatanodeProtocol::Handle(const rpc::Call& call) {
  if (std::optional<Result<std::string>> answer = AnswerStranger(call)) co_return *std::move(answer);
  const auto* const method = methods_.Find(call.method);
  if (method == nullptr) co_return rpc::NoSuchMethod(call);
  Context context;
  context.peer_ip = call.peer.ip;
  context.now_ms = clock_.WallMillis();
  context.mono_ms = clock_.MonotonicNanos() / 1'000'000;
  Result<std::string> reply = method->run(context, call.request);
  if (!reply.ok() && reply.status().code() == Code::kInvalidArgument && reply.status().message().empty()) {
    co_return rpc::BadRequest(call);
  }
  EditPipeline::Origin origin;
  origin.operation = call.method;
  edits_.Commit(origin, context.now_ms);
  const Status durable = co_await edits_.Durable(edits_.last());
  if (!durable.ok()) co_return durable;
  co_return reply;
}

void DatanodeProtocol::AddMethods() {
  methods_.Add<RegisterRequestProto, RegisterResponseProto>(
      "register", MethodKind::kRead, [this](const Context& call, const auto& request, auto* response) -> Status {
        MRD_RETURN_IF_ERROR(CheckIdentity(request, core_.state().info));
        Registration registration;
        MRD_ASSIGN_OR_RETURN(registration.id, wire::FromProto(request.id()));
        if (registration.id.ip.empty() || registration.id.ip == "0.0.0.0") registration.id.ip = call.peer_ip;
        if (registration.id.host.empty()) registration.id.host = registration.id.ip;
        registration.rack = request.has_location() ? request.location() : options_.rack_of(registration.id);
        registration.software_version = request.softwareversion();
        for (const StorageProto& storage : request.storages()) {
          registration.storages.push_back(
              {storage.storageuuid(), wire::FromProto(storage.type()), storage.state() == STORAGE_FAILED});
        }
        MRD_ASSIGN_OR_RETURN(const Registered registered, core_.state().blocks.Register(registration, call.mono_ms));
        log_.Info("datanode registered address=" + registration.id.XferAddress() + " uuid=" + registration.id.uuid +
                  " storages=" + std::to_string(registration.storages.size()) +
                  (registered.was_known ? " again" : ""));
        wire::ToProto(registration.id, response->mutable_id());
        wire::ToProto(core_.state().info, response->mutable_namespace_());
        response->set_heartbeatintervalms(static_cast<std::uint64_t>(options_.heartbeat_interval_ms));
        response->set_blockreportintervalms(static_cast<std::uint64_t>(options_.block_report_interval_ms));
        response->set_registrationepoch(registered.epoch);
        return Status::Ok();
      });
  methods_.Add<HeartbeatRequestProto, HeartbeatResponseProto>(
      "heartbeat", MethodKind::kRead, [this](const Context& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const HeartbeatReport report, ReportOf(request));
        const HeartbeatReply reply = core_.state().blocks.Heartbeat(request.datanodeuuid(), request.registrationepoch(),
                                                                    report, call.mono_ms);
        response->set_namenodeepoch(kNamenodeEpoch);
        response->set_mustregister(reply.must_register);
        response->set_requestfullreport(reply.request_full_report);
        for (const Command& command : reply.commands) {
          std::visit(CommandWriter(core_.state(), response->add_commands()), command);
        }
        return Status::Ok();
      });
  methods_.Add<BlockReportRequestProto, BlockReportResponseProto>(
      "blockReport", MethodKind::kRead, [this](const Context& call, const auto& request, auto*) -> Status {
        BlockReportPart part;
        part.storage_uuid = request.storageuuid();
        part.report_id = request.reportid();
        part.part_index = request.partindex();
        part.part_count = request.partcount();
        MRD_ASSIGN_OR_RETURN(part.replicas, wire::ReplicasFromProto(request.replicas()));
        const bool was_on = core_.state().blocks.safe_mode().on();
        MRD_ASSIGN_OR_RETURN(const ReportOutcome outcome,
                             core_.state().blocks.ReportPart(request.datanodeuuid(), request.registrationepoch(), part,
                                                             call.mono_ms));
        core_.TakeIn(outcome);
        if (part.part_index + 1 == part.part_count) options_.on_full_report();
        if (was_on && !core_.state().blocks.safe_mode().on()) log_.Info("safe mode is off");
        return Status::Ok();
      });
  methods_.Add<BlockReceivedAndDeletedRequestProto, BlockReceivedAndDeletedResponseProto>(
      "blockReceivedAndDeleted", MethodKind::kRead, [this](const Context& call, const auto& request, auto*) -> Status {
        std::vector<BlockEvent> events;
        for (const BlockEventProto& proto : request.events()) {
          BlockEvent event;
          event.storage_uuid = proto.storageuuid();
          MRD_ASSIGN_OR_RETURN(event.block, wire::FromProto(proto.block()));
          event.kind = static_cast<BlockEvent::Kind>(proto.kind());
          event.delete_hint = proto.deletehint();
          events.push_back(std::move(event));
        }
        MRD_ASSIGN_OR_RETURN(const ReportOutcome outcome,
                             core_.state().blocks.ReportEvents(request.datanodeuuid(), request.registrationepoch(),
                                                               events, call.mono_ms));
        core_.TakeIn(outcome);
        return Status::Ok();
      });
  methods_.Add<CommitBlockSynchronizationRequestProto, CommitBlockSynchronizationResponseProto>(
      "commitBlockSynchronization", MethodKind::kRead, [this](const Context& call, const auto& request, auto*) -> Status {
        MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, wire::FromProto(request.block()));
        std::vector<std::string> nodes;
        std::vector<std::string> storages;
        for (const SynchronizedReplicaProto& target : request.targets()) {
          nodes.push_back(target.datanodeuuid());
          storages.push_back(target.storageuuid());
        }
        LeaseRecovery::Synchronization result;
        result.block = block.block;
        result.new_stamp.value = static_cast<std::int64_t>(request.newgenerationstamp());
        result.new_length = request.newlength();
        result.close_file = request.closefile();
        result.delete_block = request.deleteblock();
        MRD_ASSIGN_OR_RETURN(result.holders, core_.state().blocks.FindTargets(nodes, storages));
        return core_.recovery().Finish(result, call.now_ms);
      });
  methods_.Add<ReportBadBlocksRequestProto, ReportBadBlocksResponseProto>(
      "reportBadBlocks", MethodKind::kRead, [this](const Context&, const auto& request, auto*) -> Status {
        Blocks& blocks = core_.state().blocks;
        for (const BadBlockProto& bad : request.blocks()) {
          MRD_ASSIGN_OR_RETURN(const dfs::ExtendedBlock block, wire::FromProto(bad.block()));
          const bool own = !bad.has_datanodeuuid() || bad.datanodeuuid() == request.datanodeuuid();
          const auto node = blocks.nodes().FindUuid(own ? request.datanodeuuid() : bad.datanodeuuid());
          if (!node) continue;
          log_.Warn("bad replica block=" + dfs::ToString(block.block) + " node=" +
                    blocks.nodes().node(*node).id.XferAddress() + (own ? " said by itself" : " said by another"));
          if (own) {
            blocks.ReportCorrupt(*node, bad.storageuuid(), block.block);
          } else {
            blocks.SuspectCorrupt(*node, block.block);
          }
        }
        return Status::Ok();
      });
  methods_.Add<ErrorReportRequestProto, ErrorReportResponseProto>(
      "errorReport", MethodKind::kRead, [this](const Context& call, const auto& request, auto*) {
        log_.Warn("datanode reports a problem uuid=" + request.datanodeuuid() + " from=" + call.peer_ip + " text=" +
                  request.text());
        return Status::Ok();
      });
}

}  // namespace mrd::namenode
