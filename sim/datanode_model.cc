#include "sim/datanode_model.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "dfs/errors.h"

namespace mrd::sim {
namespace {

constexpr Millis kHeartbeat = 1'000;
constexpr Millis kReportInterval = 20'000;
constexpr Millis kScanInterval = 6'000;
constexpr Millis kCallTimeout = 4'000;
constexpr std::uint64_t kCapacity = std::uint64_t{1} << 30;

}  // namespace

DatanodeModel* Population::ByUuid(const std::string& uuid) {
  for (const auto& node : nodes_) {
    if (node->uuid() == uuid) return node.get();
  }
  return nullptr;
}

DatanodeModel* Population::ByEndpoint(Endpoint endpoint) {
  for (const auto& node : nodes_) {
    if (node->endpoint() == endpoint) return node.get();
  }
  return nullptr;
}

std::vector<DatanodeModel*> Population::Holding(dfs::BlockId block, const std::string& bytes) const {
  std::vector<DatanodeModel*> holding;
  for (const auto& node : nodes_) {
    const ReplicaModel* const replica = node->disk().Find(block);
    if (replica == nullptr || replica->state == dfs::ReplicaState::kTemporary || replica->rotten) continue;
    if (replica->data.starts_with(bytes)) holding.push_back(node.get());
  }
  return holding;
}

void Population::CheckLast(Ledger& ledger,
                           const DatanodeModel& node,
                           dfs::BlockId block,
                           std::uint64_t keeps,
                           const char* what) const {
  const std::string& bytes = ledger.Bytes(block);
  if (bytes.size() <= keeps) return;
  const std::vector<DatanodeModel*> holding = Holding(block, bytes);
  if (holding.size() != 1 || holding[0] != &node || ledger.IsFragile(block)) return;
  ledger.Broken(std::string(what) + ": " + node.uuid() + " destroys the last good replica of block " +
                std::to_string(block.value) + ", " + std::to_string(bytes.size()) +
                " bytes of which were acknowledged");
}

DatanodeModel::DatanodeModel(Network& network,
                             NamenodeModel& namenode,
                             Population& all,
                             Ledger& ledger,
                             Plant plant,
                             int number)
    : network_(network),
      clock_(network.clock()),
      namenode_(namenode),
      all_(all),
      ledger_(ledger),
      plant_(plant),
      uuid_("dn" + std::to_string(number)),
      storage_("DS" + std::to_string(number)),
      endpoint_(network.Add(uuid_)),
      disk_(clock_) {}

Route DatanodeModel::ToNamenode() const {
  Route route;
  route.from = endpoint_;
  route.to = namenode_.endpoint();
  route.timeout = kCallTimeout;
  return route;
}

Task<bool> DatanodeModel::Disk() {
  const std::uint64_t life = network_.life(endpoint_);
  co_await Sleep(clock_, clock_.Between(0, disk_delay_));
  co_return Alive(life);
}

void DatanodeModel::Start() {
  clock_.Trace(uuid_, "starts");
  registered_ = report_wanted_ = sending_ = false;
  events_.clear();
  copies_ = 0;
  report_id_ = 0;
  network_.SetUp(endpoint_, true);
  const std::uint64_t life = network_.life(endpoint_);
  network_.tasks().Spawn(Run(life));
  network_.tasks().Spawn(Scan(life));
}

void DatanodeModel::Crash(bool power) {
  clock_.Trace(uuid_, power ? "loses power" : "is killed");
  network_.SetUp(endpoint_, false);
  disk_.EndProcess();
  if (!power) return;
  // Acknowledged bytes stay on one disk at least: what else could show that they are not lost?
  std::map<dfs::BlockId, bool> spare;
  for (const auto& [id, replica] : disk_.replicas()) {
    const std::string& bytes = ledger_.Bytes(id);
    if (bytes.empty() || !replica.data.starts_with(bytes)) continue;
    if (all_.Holding(id, bytes).size() < 2) spare[id] = true;
  }
  for (const dfs::BlockId id : disk_.LosePower(spare)) {
    // Whether or not they are acknowledged already: the news may be on its way.
    ledger_.MarkFragile(id, Ledger::Damage::kPower);
    clock_.Trace(uuid_, "lost bytes of " + std::to_string(id.value));
  }
}

// ---- The namenode ---------------------------------------------------------------------------------------------------

Task<Result<Nothing>> DatanodeModel::Register() {
  namenode::Registration registration;
  registration.id.ip = "10.0.0." + std::to_string(endpoint_);
  registration.id.host = uuid_;
  registration.id.uuid = uuid_;
  registration.id.xfer_port = 9866;
  registration.id.ipc_port = 9867;
  registration.rack = endpoint_ % 2 == 0 ? "/even" : "/odd";
  registration.storages.push_back({storage_, dfs::StorageType::kDisk, false});
  using Reply = std::uint64_t;
  NamenodeModel::Operation<Reply> operation =
      [registration](NamenodeModel& namenode, const namenode::CallContext& call) -> Result<Reply> {
    MRD_ASSIGN_OR_RETURN(const namenode::Registered done,
                         namenode.core().state().blocks.Register(registration, call.mono_ms));
    return done.epoch;
  };
  Handler<Reply> handler =
      [this, operation] { return namenode_.ServeDatanode<Reply>(endpoint_, "register", operation); };
  Result<Reply> epoch = co_await Call<Reply>(network_, ToNamenode(), handler);
  if (!epoch.ok()) co_return epoch.status();
  epoch_ = *epoch;
  registered_ = true;
  co_return Nothing();
}

Task<Result<Nothing>> DatanodeModel::ReportAll() {
  last_report_ = clock_.now();
  const std::uint64_t id = ++report_id_;
  const std::vector<dfs::ReportedReplica> replicas = disk_.Report();
  co_await Sleep(clock_, clock_.Between(0, 2 * disk_delay_));  // it ages before it is sent
  const std::size_t part_size = static_cast<std::size_t>(clock_.Between(2, 30));
  const std::size_t parts = std::max<std::size_t>(1, (replicas.size() + part_size - 1) / part_size);
  clock_.Trace(uuid_, "reports " + std::to_string(replicas.size()) + " replicas");
  for (std::size_t i = 0; i < parts; ++i) {
    namenode::BlockReportPart part;
    part.storage_uuid = storage_;
    part.report_id = id;
    part.part_index = static_cast<std::uint32_t>(i);
    part.part_count = static_cast<std::uint32_t>(parts);
    const std::size_t end = std::min(replicas.size(), (i + 1) * part_size);
    for (std::size_t k = i * part_size; k < end; ++k) part.replicas.push_back(replicas[k]);
    NamenodeModel::Operation<Nothing> operation = [uuid = uuid_, epoch = epoch_, part](
            NamenodeModel& namenode, const namenode::CallContext& call) -> Result<Nothing> {
      MRD_ASSIGN_OR_RETURN(const namenode::ReportOutcome outcome,
                           namenode.core().state().blocks.ReportPart(uuid, epoch, part, call.mono_ms));
      namenode.core().TakeIn(outcome);
      return Nothing();
    };
    Handler<Nothing> handler =
        [this, operation] { return namenode_.ServeDatanode<Nothing>(endpoint_, "blockReport", operation); };
    Result<Nothing> sent = co_await Call<Nothing>(network_, ToNamenode(), handler);
    if (!sent.ok()) co_return sent;
  }
  co_return Nothing();
}

Task<Result<Nothing>> DatanodeModel::Beat(std::uint64_t life) {
  namenode::HeartbeatReport report;
  dfs::StorageReport storage;
  storage.storage_uuid = storage_;
  storage.capacity = kCapacity;
  storage.remaining = kCapacity - disk_.replicas().size() * kBlockBytes;
  report.storages.push_back(storage);
  report.transfers = copies_;
  report.replicas = disk_.replicas().size();
  using Reply = namenode::HeartbeatReply;
  NamenodeModel::Operation<Reply> operation = [uuid = uuid_, epoch = epoch_, report](
            NamenodeModel& namenode, const namenode::CallContext& call) -> Result<Reply> {
    return namenode.core().state().blocks.Heartbeat(uuid, epoch, report, call.mono_ms);
  };
  Handler<Reply> handler =
      [this, operation] { return namenode_.ServeDatanode<Reply>(endpoint_, "heartbeat", operation); };
  Result<Reply> reply = co_await Call<Reply>(network_, ToNamenode(), handler);
  if (!reply.ok()) co_return reply.status();
  if (!Alive(life)) co_return Nothing();
  if (reply->must_register) co_return dfs::Exception(dfs::java::kUnregisteredNode, "register again");
  if (reply->request_full_report) report_wanted_ = true;
  for (const namenode::Command& command : reply->commands) Obey(command);
  co_return Nothing();
}

Task<void> DatanodeModel::Run(std::uint64_t life) {
  while (Alive(life)) {
    Result<Nothing> done = co_await Register();
    if (!Alive(life)) co_return;
    if (!done.ok()) {
      co_await Sleep(clock_, clock_.Between(200, 2'000));
      continue;
    }
    if (!sending_) network_.tasks().Spawn(SendEvents(life));
    Result<Nothing> reported = co_await ReportAll();
    if (!Alive(life)) co_return;
    if (!reported.ok()) report_wanted_ = true;
    while (Alive(life) && registered_) {
      Result<Nothing> beat = co_await Beat(life);
      if (!Alive(life)) co_return;
      if (!beat.ok() && beat.status().tag() == dfs::java::kUnregisteredNode) break;
      const bool due = clock_.now() + clock_jump_ - last_report_ >= kReportInterval;
      if (beat.ok() && (report_wanted_ || due)) {
        report_wanted_ = false;
        clock_jump_ = 0;
        Result<Nothing> again = co_await ReportAll();
        if (!Alive(life)) co_return;
        if (!again.ok()) report_wanted_ = true;
      }
      // A clock that is set back makes it silent for a while.
      const Millis late = clock_jump_ < 0 ? -std::exchange(clock_jump_, 0) : 0;
      co_await Sleep(clock_, kHeartbeat + late);
    }
    registered_ = false;
  }
}

void DatanodeModel::Tell(namenode::BlockEvent::Kind kind, const dfs::Block& block, bool corrupt) {
  Event entry;
  entry.corrupt = corrupt;
  entry.event.storage_uuid = storage_;
  entry.event.block = block;
  entry.event.kind = kind;
  events_.push_back(std::move(entry));
  if (registered_ && !sending_) network_.tasks().Spawn(SendEvents(network_.life(endpoint_)));
}

Task<void> DatanodeModel::SendEvents(std::uint64_t life) {
  sending_ = true;
  while (Alive(life) && registered_ && !events_.empty()) {
    const std::vector<Event> batch(events_.begin(), events_.end());
    NamenodeModel::Operation<Nothing> operation = [uuid = uuid_, epoch = epoch_, batch](
            NamenodeModel& namenode, const namenode::CallContext& call) -> Result<Nothing> {
      namenode::Blocks& blocks = namenode.core().state().blocks;
      std::vector<namenode::BlockEvent> events;
      for (const Event& entry : batch) {
        if (!entry.corrupt) {
          events.push_back(entry.event);
        } else if (const auto node = blocks.nodes().FindUuid(uuid)) {
          blocks.ReportCorrupt(*node, entry.event.storage_uuid, entry.event.block);
        }
      }
      MRD_ASSIGN_OR_RETURN(const namenode::ReportOutcome outcome,
                           blocks.ReportEvents(uuid, epoch, events, call.mono_ms));
      namenode.core().TakeIn(outcome);
      return Nothing();
    };
    Handler<Nothing> handler =
        [this, operation] { return namenode_.ServeDatanode<Nothing>(endpoint_, "events", operation); };
    Result<Nothing> sent = co_await Call<Nothing>(network_, ToNamenode(), handler);
    if (!Alive(life)) co_return;
    if (sent.ok()) {
      events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
      continue;
    }
    if (sent.status().tag() == dfs::java::kUnregisteredNode) registered_ = false;
    co_await Sleep(clock_, clock_.Between(100, 1'000));
  }
  if (Alive(life)) sending_ = false;
}

void DatanodeModel::Obey(const namenode::Command& command) {
  Tasks& tasks = network_.tasks();
  if (const auto* invalidate = std::get_if<namenode::InvalidateCommand>(&command)) {
    tasks.Spawn(Invalidate(invalidate->blocks));
  } else if (const auto* transfer = std::get_if<namenode::TransferCommand>(&command)) {
    if (plant_ != Plant::kSilentDatanodes) tasks.Spawn(Copy(*transfer));
  } else if (const auto* recover = std::get_if<namenode::RecoverBlockCommand>(&command)) {
    ledger_.GaveStamp(recover->block.id, recover->new_stamp);
    tasks.Spawn(Recover(*recover));
  } else if (const auto* verify = std::get_if<namenode::VerifyBlockCommand>(&command)) {
    tasks.Spawn(Verify(verify->block));
  }
}

Task<void> DatanodeModel::Invalidate(std::vector<dfs::Block> blocks) {
  const std::uint64_t life = network_.life(endpoint_);
  for (dfs::Block block : blocks) {
    const bool alive = co_await Disk();
    if (!alive || !Alive(life)) co_return;
    if (plant_ == Plant::kDeleteAtWill && !disk_.replicas().empty()) {
      const auto victim = disk_.replicas().begin();
      block = dfs::Block{victim->first, victim->second.stamp, 0};
    }
    const ReplicaModel* const replica = disk_.Find(block.id);
    if (replica != nullptr && replica->stamp == block.stamp) all_.CheckLast(ledger_, *this, block.id, 0, "deletion");
    const Status removed = disk_.Invalidate(block);
    clock_.Trace(uuid_, "deletes " + dfs::ToString(block) + " " + removed.message());
    if (removed.ok()) Tell(namenode::BlockEvent::Kind::kDeleted, block);
  }
}

Task<void> DatanodeModel::Verify(dfs::Block block) {
  const bool alive = co_await Disk();
  if (!alive) co_return;
  const ReplicaModel* const replica = disk_.Find(block.id);
  if (replica == nullptr || !replica->rotten || replica->state != dfs::ReplicaState::kFinalized) co_return;
  clock_.Trace(uuid_, "finds a rotten replica of " + std::to_string(block.id.value));
  Tell(namenode::BlockEvent::Kind::kReceived, dfs::Block{block.id, replica->stamp, replica->data.size()}, true);
}

Task<void> DatanodeModel::Scan(std::uint64_t life) {
  while (Alive(life)) {
    co_await Sleep(clock_, kScanInterval);
    if (!Alive(life)) co_return;
    std::vector<dfs::Block> rotten;
    for (const auto& [id, replica] : disk_.replicas()) {
      if (replica.rotten) rotten.push_back({id, replica.stamp, replica.data.size()});
    }
    for (const dfs::Block& block : rotten) network_.tasks().Spawn(Verify(block));
  }
}

// ---- Copies
// -----------------------------------------------------------------------------------------------------------

Task<void> DatanodeModel::Copy(namenode::TransferCommand order) {
  ++copies_;
  const std::uint64_t life = network_.life(endpoint_);
  for (const dfs::ReplicaLocation& target : order.targets) {
    DatanodeModel* const other = all_.ByUuid(target.node.id.uuid);
    Result<Nothing> sent = co_await SendCopy(order.block, other->endpoint(), false);
    if (!Alive(life)) co_return;
    const std::string name = "copy of " + dfs::ToString(order.block) + " to " + other->uuid();
    clock_.Trace(uuid_, name + " " + sent.status().message());
  }
  --copies_;
}

Task<Result<Nothing>> DatanodeModel::SendCopy(dfs::Block block, Endpoint target, bool for_client) {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  const ReplicaModel* const replica = disk_.Find(block.id);
  if (replica == nullptr) co_return NotFound("no replica");
  const dfs::Block sent{block.id, replica->stamp, replica->data.size()};
  const bool finalized = replica->FileState() == dfs::ReplicaState::kFinalized;
  if (!finalized && !for_client) co_return FailedPrecondition("it is not finalized");
  Result<std::string> bytes = disk_.Read(block);
  if (!bytes.ok()) {
    if (bytes.status().code() == Code::kCorruption) network_.tasks().Spawn(Verify(block));
    co_return bytes.status();
  }
  if (bytes->size() < block.length) co_return FailedPrecondition("it is too short");
  DatanodeModel* const other = all_.ByEndpoint(target);
  Route route;
  route.from = endpoint_;
  route.to = target;
  route.timeout = kCallTimeout;
  route.stream = true;
  const std::uint64_t writer = all_.NextWriter();
  Handler<Nothing> begin = [other, sent, writer] { return other->BeginCopy(sent, writer); };
  Result<Nothing> begun = co_await Call<Nothing>(network_, route, begin);
  if (!begun.ok()) co_return begun;
  const std::string content = *bytes;
  Handler<Nothing> end =
      [other, sent, writer, content, finalized] { return other->EndCopy(sent, writer, content, finalized); };
  Result<Nothing> ended = co_await Call<Nothing>(network_, route, end);
  co_return ended;
}

Task<Result<Nothing>> DatanodeModel::BeginCopy(dfs::Block block, std::uint64_t writer) {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  if (const ReplicaModel* there = disk_.Find(block.id); there != nullptr && there->stamp < block.stamp) {
    // It gives way only if it is unfinished.
    const bool gives_way = there->state == dfs::ReplicaState::kRbw;
    if (gives_way) all_.CheckLast(ledger_, *this, block.id, 0, "copy over an older one");
  }
  const Status created = disk_.CreateTemporary(block, writer);
  if (!created.ok()) co_return created;
  // The connection breaks when nothing comes.
  const std::uint64_t life = network_.life(endpoint_);
  clock_.After(2 * kCallTimeout, [this, block, writer, life] {
    if (Alive(life)) disk_.DropTemporary(block.id, writer);
  });
  co_return Nothing();
}

Task<Result<Nothing>> DatanodeModel::EndCopy(dfs::Block block,
                                             std::uint64_t writer,
                                             std::string bytes,
                                             bool finalized) {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  dfs::Block kept = block;
  kept.length = bytes.size();
  const Status finished = disk_.FinishTemporary(block.id, writer, std::move(bytes),
                                                finalized ? dfs::ReplicaState::kFinalized : dfs::ReplicaState::kRbw);
  if (!finished.ok()) co_return finished;
  ledger_.Copied(block.id);
  Tell(finalized ? namenode::BlockEvent::Kind::kReceived : namenode::BlockEvent::Kind::kReceiving, kept);
  co_return Nothing();
}

Task<Result<std::string>> DatanodeModel::Read(dfs::Block block) {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  Result<std::string> bytes = disk_.Read(block);
  co_return bytes;
}

Task<Result<Nothing>> DatanodeModel::Ping() {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  co_return Nothing();
}

}  // namespace mrd::sim
