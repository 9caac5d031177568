#include "datanode/actor/actor.h"

#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "common/net/co_status.h"
#include "datanode/store/storage_info.h"
#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"

namespace mrd::datanode {

using namespace dfs::proto;  // NOLINT: the messages of this file

namespace {

// Longest sleep at once; a wish to report or to stop waits at most this.
constexpr std::chrono::milliseconds kNap{50};

std::int64_t Nanos(std::chrono::milliseconds time) { return std::chrono::nanoseconds(time).count(); }

}  // namespace

Actor::Actor(TransferContext& context, EventReporter& events, ProtoCaller& namenode, const ActorOptions& options)
    : context_(context), events_(events), namenode_(namenode), options_(options), commands_(context, namenode, options, [this] { beat_wanted_ = true; }) {}

net::awaitable<void> Actor::Start() {
  executor_ = co_await boost::asio::this_coro::executor;
  started_ = true;
  co_await events_.Start();
  std::function<net::awaitable<void>()> body = [this] { return Run(); };
  context_.runtime.Spawn(executor_, std::move(body));
}

net::awaitable<void> Actor::Stop() {
  stopping_ = true;
  if (!started_) co_return;
  namenode_.Close();
  co_await ended_.Wait();
  co_await commands_.Stop();
  co_await events_.Stop();
}

void Actor::TriggerReport(bool incremental) {
  if (incremental) {
    events_.Flush();
  } else {
    report_wanted_ = true;
  }
  beat_wanted_ = true;
}

std::string Actor::waiting_for() const {
  const std::lock_guard lock(mutex_);
  return waiting_for_;
}

// Each reason is logged once, however often it is met in a row.
void Actor::WaitFor(const Status& why) {
  const std::lock_guard lock(mutex_);
  const std::string reason = why.ok() ? std::string() : why.message();
  if (reason == waiting_for_) return;
  if (why.ok()) {
    context_.log.Info("namenode " + namenode_.address() + " knows this datanode uuid=" + ticket_.datanode_uuid);
  } else if (!stopping_) {
    context_.log.Warn("waiting for namenode " + namenode_.address() + ": " + reason + "; asking again every " +
                      std::to_string(options_.retry_most.count()) + " ms at most");
  }
  waiting_for_ = reason;
}

net::awaitable<void> Actor::Pause(std::chrono::milliseconds time) {
  const std::int64_t until_ns = context_.clock.MonotonicNanos() + Nanos(time);
  while (!stopping_ && !beat_wanted_ && !events_.refused()) {
    const std::int64_t left_ns = until_ns - context_.clock.MonotonicNanos();
    if (left_ns <= 0) break;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(left_ns));
    (void)co_await net::SleepFor(std::clamp(left, std::chrono::milliseconds(1), kNap));
  }
  beat_wanted_ = false;
}

net::awaitable<void> Actor::Run() {
  while (!stopping_) {
    co_await Register();
    Status status;
    if (!stopping_) status = co_await ReportAll();
    while (!stopping_ && registered_ && !events_.refused()) {
      if (status.ok()) status = co_await Beat();
      if (stopping_) break;
      if (status.tag() == dfs::java::kUnregisteredNode) break;
      const bool due = context_.clock.MonotonicNanos() - last_report_ns_ >= Nanos(block_report_interval_);
      if (status.ok() && (report_wanted_ || due)) {
        report_wanted_ = false;
        status = co_await ReportAll();
      }
      // A call that failed is made again with the next heartbeat; the namenode then says whether it still knows this node.
      WaitFor(status);
      if (!status.ok()) {
        report_wanted_ = true;
        status = Status::Ok();
      }
      co_await CheckDisks();
      co_await Pause(heartbeat_interval_);
    }
    registered_ = false;
    events_.Unregistered();
  }
  ended_.Set();
}

net::awaitable<void> Actor::Register() {
  std::chrono::milliseconds pause = options_.retry_first;
  while (!stopping_) {
    bool again = false;
    const Status status = co_await TryRegister(&again);
    if (status.ok() && again) continue;  // now that its volumes have names
    WaitFor(status);
    if (status.ok()) co_return;
    (void)co_await Pause(pause);
    pause = std::min(pause * 2, options_.retry_most);
  }
}

net::awaitable<Status> Actor::TryRegister(bool* again) {
  BlockStore& store = context_.store;
  RegisterRequestProto request;
  dfs::DatanodeId id = options_.id;
  id.uuid = store.datanode_uuid();
  dfs::wire::ToProto(id, request.mutable_id());
  const std::optional<StorageInfo> identity = store.identity();
  request.set_clusterid(identity ? identity->cluster_id : "");
  request.set_poolid(identity ? identity->pool_id : "");
  request.set_namespaceid(identity ? identity->namespace_id : 0);
  request.set_softwareversion(options_.software_version);
  request.set_layoutversion(kLayoutVersion);
  if (!options_.rack.empty()) request.set_location(options_.rack);
  for (const dfs::StorageReport& report : store.StorageReports()) {
    StorageProto* const storage = request.add_storages();
    storage->set_storageuuid(report.storage_uuid);
    storage->set_type(dfs::wire::ToProto(report.type));
    storage->set_state(report.failed ? STORAGE_FAILED : STORAGE_NORMAL);
  }
  // Whoever orders deletions must be the namenode that is meant.
  MRD_CO_RETURN_IF_ERROR(co_await namenode_.Prove(options_.call_timeout));
  RegisterResponseProto response;
  MRD_CO_RETURN_IF_ERROR(co_await namenode_.Call("register", request, response, options_.call_timeout));
  dfs::NamespaceInfo space;
  space.cluster_id = response.namespace_().clusterid();
  space.pool_id = response.namespace_().poolid();
  space.namespace_id = response.namespace_().namespaceid();
  space.created_ms = response.namespace_().createdms();
  store.crash_points().Pass("register.before_attach");
  Status attached = co_await context_.disks.any().Run([&] { return store.Attach(space); });
  if (!attached.ok()) co_return attached;
  *again = !identity;
  ticket_.datanode_uuid = store.datanode_uuid();
  ticket_.epoch = response.registrationepoch();
  heartbeat_interval_ = options_.heartbeat_interval.count() > 0
                            ? options_.heartbeat_interval
                            : std::chrono::milliseconds(std::max<std::uint64_t>(1, response.heartbeatintervalms()));
  block_report_interval_ = options_.block_report_interval.count() > 0
                               ? options_.block_report_interval
                               : std::chrono::milliseconds(std::max<std::uint64_t>(1, response.blockreportintervalms()));
  if (*again) co_return Status::Ok();
  registered_ = true;
  events_.Registered(ticket_);
  co_return Status::Ok();
}

net::awaitable<Status> Actor::Beat() {
  BlockStore& store = context_.store;
  HeartbeatRequestProto request;
  request.set_datanodeuuid(ticket_.datanode_uuid);
  request.set_registrationepoch(ticket_.epoch);
  const std::vector<dfs::StorageReport> reports =
      co_await context_.disks.any().Run([&] { return store.StorageReports(); });
  for (const dfs::StorageReport& report : reports) dfs::wire::ToProto(report, request.add_storages());
  request.set_xceivercount(context_.counters.sessions);
  request.set_xmitsinprogress(context_.counters.copies);
  request.set_failedvolumes(static_cast<std::uint32_t>(store.failed_volumes()));
  request.set_blocks(store.replicas());
  events_.Flush();
  HeartbeatResponseProto response;
  MRD_CO_RETURN_IF_ERROR(co_await namenode_.Call("heartbeat", request, response, options_.call_timeout));
  if (response.mustregister()) {
    context_.log.Info("the namenode does not know this datanode (any more); registering again");
    co_return dfs::Exception(dfs::java::kUnregisteredNode, "the namenode asks for a registration");
  }
  if (response.requestfullreport()) report_wanted_ = true;
  TakeCommands(response.commands());
  co_return Status::Ok();
}

void Actor::TakeCommands(const google::protobuf::RepeatedPtrField<CommandProto>& commands) {
  for (const CommandProto& command : commands) commands_.Take(command, executor_, [this] { registered_ = false; });
}

net::awaitable<Status> Actor::ReportAll() {
  last_report_ns_ = context_.clock.MonotonicNanos();
  const std::uint64_t report_id = ++report_id_;
  std::vector<std::string> storages;
  for (const dfs::StorageReport& report : context_.store.StorageReports()) {
    if (!report.failed) storages.push_back(report.storage_uuid);
  }
  for (const std::string& storage : storages) MRD_CO_RETURN_IF_ERROR(co_await ReportStorage(storage, report_id));
  co_return Status::Ok();
}

net::awaitable<Status> Actor::ReportStorage(std::string storage_id, std::uint64_t report_id) {
  const std::vector<dfs::ReportedReplica> replicas =
      co_await context_.disks.any().Run([&] { return context_.store.ReportOf(storage_id); });
  const std::size_t part = options_.report_part_replicas;
  const std::size_t parts = std::max<std::size_t>(1, (replicas.size() + part - 1) / part);
  for (std::size_t i = 0; i < parts; ++i) {
    BlockReportRequestProto request;
    request.set_datanodeuuid(ticket_.datanode_uuid);
    request.set_registrationepoch(ticket_.epoch);
    request.set_reportid(report_id);
    request.set_storageuuid(storage_id);
    request.set_partindex(static_cast<std::uint32_t>(i));
    request.set_partcount(static_cast<std::uint32_t>(parts));
    const std::size_t end = std::min(replicas.size(), (i + 1) * part);
    for (std::size_t k = i * part; k < end; ++k) dfs::wire::AppendReplica(replicas[k], request.mutable_replicas());
    BlockReportResponseProto response;
    context_.store.crash_points().Pass("report.before_storage");
    MRD_CO_RETURN_IF_ERROR(co_await namenode_.Call("blockReport", request, response, options_.call_timeout));
    context_.store.crash_points().Pass("report.after_storage");
    TakeCommands(response.commands());
  }
  context_.log.Info("reported storage=" + storage_id + " replicas=" + std::to_string(replicas.size()));
  co_return Status::Ok();
}

net::awaitable<void> Actor::CheckDisks() {
  BlockStore& store = context_.store;
  const std::size_t failed = store.failed_volumes();
  const std::int64_t now_ns = context_.clock.MonotonicNanos();
  if (now_ns - last_disk_check_ns_ >= Nanos(options_.disk_check_interval)) {
    last_disk_check_ns_ = now_ns;
    (void)co_await context_.disks.any().Run([&] {
      store.CheckVolumes();
      return true;
    });
  }
  const std::optional<std::string> fatal = store.Fatal();
  if (store.failed_volumes() > failed || fatal) {
    ErrorReportRequestProto request;
    request.set_datanodeuuid(ticket_.datanode_uuid);
    request.set_code(fatal ? ERROR_FATAL_DISK : ERROR_DISK);
    request.set_text(fatal ? *fatal : std::to_string(store.failed_volumes()) + " volumes have failed");
    ErrorReportResponseProto response;
    (void)co_await namenode_.Call("errorReport", request, response, options_.received_timeout);
    report_wanted_ = true;
  }
  if (fatal && options_.on_end) options_.on_end(IoError(*fatal));
}

}  // namespace mrd::datanode
