// ClientModel: files that are written, as dfs/client does it.

#include <algorithm>
#include <utility>

#include "dfs/client/replace_policy.h"
#include "dfs/errors.h"
#include "sim/client_model.h"

namespace mrd::sim {
namespace {

constexpr int kRecoveriesMax = 5;
constexpr int kAllocationsMax = 4;
constexpr int kNotYetMax = 8;
constexpr double kVanish = 0.01;

dfs::ExtendedBlock Extend(const dfs::Block& block) { return {kPool, block}; }

}  // namespace

// It goes on under another name; the file is left as it is.
void ClientModel::Vanish(const std::string& path) {
  clock_.Trace(name_, "vanishes, writing " + path);
  name_ = root_.substr(1) + "." + std::to_string(++incarnation_);
  network_.tasks().Spawn(RenewLease(name_));
}

Task<void> ClientModel::Write(std::string path, std::optional<OpenBlock> open) {
  excluded_.clear();
  recoveries_ = 0;
  std::optional<dfs::Block> previous;
  files_.at(path).open = true;
  if (open) {
    const bool ready = co_await SetUpAgain(path, &*open, Stage::kAppend, std::nullopt);
    if (!ready) co_return;
  }
  const std::int64_t chunks = clock_.Between(0, 6);
  for (std::int64_t i = 0; i < chunks; ++i) {
    if (clock_.Chance(kVanish)) {
      Vanish(path);
      co_return;
    }
    if (!open) {
      OpenBlock fresh;
      const bool allocated = co_await AllocateBlock(path, previous, &fresh);
      if (!allocated) co_return;
      open = std::move(fresh);
    }
    const auto room = static_cast<std::int64_t>(kBlockBytes - open->bytes.size());
    const std::string bytes = SomeBytes(static_cast<std::size_t>(clock_.Between(1, std::min<std::int64_t>(room, 40))));
    open->bytes += bytes;
    files_.at(path).sent += bytes;
    const bool last = open->bytes.size() == kBlockBytes;
    const bool sync = clock_.Chance(0.1);
    const bool sent = co_await Send(path, &*open, sync, last);
    if (!sent) co_return;
    FileModel& file = files_.at(path);
    const bool flushed = last || sync || clock_.Chance(0.5);
    if (flushed) {
      file.acknowledged = file.sent;
      open->visible = true;
      ledger_.Acknowledge(open->block.id, open->bytes, sync);
    }
    if (sync && !last) {
      const std::string name = name_;
      const dfs::InodeId id = file.id;
      const auto length = static_cast<std::int64_t>(open->bytes.size());
      NamenodeModel::Operation<Nothing> operation =
          [path, name, id, length](NamenodeModel& node, const namenode::CallContext&) -> Result<Nothing> {
        MRD_RETURN_IF_ERROR(node.core().writing().Fsync(path, name, id, length));
        return Nothing();
      };
      Result<Nothing> told = co_await Ask<Nothing>("fsync", false, operation);
      if (!told.ok()) co_return;
    }
    if (last) {
      previous = open->block;
      open.reset();
    }
    if (clock_.Chance(0.3)) co_await Sleep(clock_, clock_.Between(1, 1'500));
  }
  if (open) {
    const bool sent = co_await Send(path, &*open, false, true);
    if (!sent) co_return;
    ledger_.Acknowledge(open->block.id, open->bytes);
    previous = open->block;
  }
  if (clock_.Chance(kVanish)) {
    Vanish(path);
    co_return;
  }
  const bool closed = co_await Complete(path, previous);
  if (!closed) co_return;
  FileModel& file = files_.at(path);
  file.acknowledged = file.sent;
  file.open = false;
}

Task<bool> ClientModel::Complete(std::string path, std::optional<dfs::Block> last) {
  std::optional<dfs::ExtendedBlock> told;
  if (last) told = Extend(*last);
  const dfs::InodeId id = files_.at(path).id;
  const std::string name = name_;
  NamenodeModel::Operation<bool> operation =
      [path, name, told, id](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().writing().Complete(call, path, name, told, id);
  };
  for (int attempt = 0; attempt < kNotYetMax; ++attempt) {
    Result<bool> done = co_await Ask<bool>("complete", false, operation);
    if (!done.ok()) co_return false;
    if (*done) co_return true;
    co_await Sleep(clock_, 200 << attempt);
  }
  co_return false;
}

Task<bool> ClientModel::AllocateBlock(std::string path, std::optional<dfs::Block> previous, OpenBlock* open) {
  for (int attempt = 0; attempt < kAllocationsMax; ++attempt) {
    namenode::AddBlockRequest request;
    request.path = path;
    request.client_name = name_;
    request.file = files_.at(path).id;
    if (previous) request.previous = Extend(*previous);
    for (const std::string& uuid : excluded_) {
      dfs::DatanodeId id;
      id.uuid = uuid;
      request.excluded.push_back(id);
    }
    NamenodeModel::Operation<dfs::LocatedBlock> operation =
        [request](NamenodeModel& node, const namenode::CallContext& call) {
      return node.core().writing().AddBlock(call, request);
    };
    Result<dfs::LocatedBlock> located = co_await Ask<dfs::LocatedBlock>("addBlock", false, operation);
    for (int wait = 0; wait < kNotYetMax; ++wait) {
      if (located.ok() || located.status().tag() != dfs::java::kNotReplicatedYet) break;
      co_await Sleep(clock_, 200 << wait);
      located = co_await Ask<dfs::LocatedBlock>("addBlock", false, operation);
    }
    if (!located.ok()) co_return false;
    ledger_.GaveBlock(located->block.block, request.file);
    open->block = located->block.block;
    open->block.length = 0;
    open->nodes.clear();
    for (const dfs::ReplicaLocation& location : located->locations) {
      open->nodes.push_back(datanodes_.ByUuid(location.node.id.uuid));
    }
    if (open->nodes.empty()) co_return false;  // asked again after a restart: nobody knows its pipeline
    Result<PipelineReply> reply = co_await OpenPipeline(open, Stage::kCreate, open->block.stamp);
    if (reply.ok() && reply->ok) co_return true;
    std::size_t bad = 0;
    if (reply.ok()) {
      bad = reply->bad;
    } else {
      bad = co_await FindBad(open->nodes);
    }
    excluded_.insert(open->nodes[std::min(bad, open->nodes.size() - 1)]->uuid());
    const dfs::Block abandoned = open->block;
    const std::string name = name_;
    const dfs::InodeId id = request.file;
    NamenodeModel::Operation<Nothing> abandon =
        [abandoned, path, name, id](NamenodeModel& node, const namenode::CallContext&) -> Result<Nothing> {
      MRD_RETURN_IF_ERROR(node.core().writing().AbandonBlock(abandoned, path, id, name));
      return Nothing();
    };
    Result<Nothing> done = co_await Ask<Nothing>("abandonBlock", false, abandon);
    if (!done.ok()) co_return false;
  }
  co_return false;
}

Task<Result<PipelineReply>> ClientModel::OpenPipeline(OpenBlock* open, Stage stage, dfs::GenerationStamp stamp) {
  open->writer = datanodes_.NextWriter();
  PipelineSetUp request;
  request.setup.stage = stage;
  request.setup.block = open->block;
  request.setup.new_stamp = stamp;
  request.setup.sent = open->bytes.size();
  request.setup.writer = open->writer;
  for (std::size_t i = 1; i < open->nodes.size(); ++i) request.rest.push_back(open->nodes[i]->endpoint());
  DatanodeModel* const first = open->nodes[0];
  Route route = To(first->endpoint(), 2'500 * static_cast<Millis>(open->nodes.size()));
  route.stream = true;
  Handler<PipelineReply> handler = [first, request] { return first->SetUp(request); };
  Result<PipelineReply> reply = co_await Call<PipelineReply>(network_, route, handler);
  if (reply.ok() && !reply->ok) clock_.Trace(name_, "pipeline of " + dfs::ToString(open->block) + ": " + reply->why);
  co_return reply;
}

Task<std::size_t> ClientModel::FindBad(std::vector<DatanodeModel*> nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    DatanodeModel* const node = nodes[i];
    Route route = To(node->endpoint(), 1'000);
    route.stream = true;
    Handler<Nothing> handler = [node] { return node->Ping(); };
    Result<Nothing> answer = co_await Call<Nothing>(network_, route, handler);
    if (!answer.ok()) co_return i;
  }
  co_return static_cast<std::size_t>(clock_.Between(0, static_cast<std::int64_t>(nodes.size()) - 1));
}

Task<bool> ClientModel::Send(std::string path, OpenBlock* open, bool sync, bool last) {
  for (;;) {
    PipelinePacket packet;
    packet.block = open->block.id;
    packet.writer = open->writer;
    packet.offset = open->block.length;
    packet.bytes = open->bytes.substr(open->block.length);
    packet.sync = sync;
    packet.last = last;
    for (std::size_t i = 1; i < open->nodes.size(); ++i) packet.rest.push_back(open->nodes[i]->endpoint());
    DatanodeModel* const first = open->nodes[0];
    Route route = To(first->endpoint(), 2'500 * static_cast<Millis>(open->nodes.size()));
    route.stream = true;
    Handler<PipelineReply> handler = [first, packet] { return first->Take(packet); };
    Result<PipelineReply> reply = co_await Call<PipelineReply>(network_, route, handler);
    if (reply.ok() && reply->ok) {
      open->block.length = open->bytes.size();
      recoveries_ = 0;
      co_return true;
    }
    std::size_t bad = 0;
    if (reply.ok()) {
      bad = reply->bad;
      clock_.Trace(name_, "packet of " + dfs::ToString(open->block) + " at " + std::to_string(bad) + ": " + reply->why);
    } else {
      bad = co_await FindBad(open->nodes);
    }
    // A block whose last bytes are acknowledged, but not its end, is closed by setting up for that.
    const bool closing = last && packet.bytes.empty();
    const Stage stage = closing ? Stage::kCloseRecovery : Stage::kStreamingRecovery;
    const bool ready = co_await SetUpAgain(path, open, stage, bad);
    if (!ready) co_return false;
    if (closing) co_return true;
  }
}

Task<bool> ClientModel::SetUpAgain(std::string path, OpenBlock* open, Stage stage, std::optional<std::size_t> bad) {
  for (;;) {
    if (bad) {
      if (++recoveries_ > kRecoveriesMax) co_return false;
      const std::size_t at = std::min(*bad, open->nodes.size() - 1);
      excluded_.insert(open->nodes[at]->uuid());
      open->nodes.erase(open->nodes.begin() + static_cast<std::ptrdiff_t>(at));
      if (open->nodes.empty()) co_return false;
    }
    if (stage != Stage::kCloseRecovery) {
      const bool enough = co_await AddNode(path, open);
      if (!enough) co_return false;
    }
    const std::string name = name_;
    const dfs::ExtendedBlock block = Extend(open->block);
    NamenodeModel::Operation<dfs::GenerationStamp> renew =
        [block, name](NamenodeModel& node, const namenode::CallContext& call) -> Result<dfs::GenerationStamp> {
      MRD_ASSIGN_OR_RETURN(const dfs::LocatedBlock renewed,
                           node.core().writing().UpdateBlockForPipeline(call, block, name));
      return renewed.block.block.stamp;
    };
    Result<dfs::GenerationStamp> stamp = co_await Ask<dfs::GenerationStamp>("updateBlockForPipeline", false, renew);
    if (!stamp.ok()) co_return false;
    ledger_.GaveStamp(open->block.id, *stamp);
    Result<PipelineReply> reply = co_await OpenPipeline(open, stage, *stamp);
    if (!reply.ok() || !reply->ok) {
      if (reply.ok()) {
        bad = reply->bad;
      } else {
        bad = co_await FindBad(open->nodes);
      }
      if (stage == Stage::kAppend) stage = Stage::kAppendRecovery;
      continue;
    }
    dfs::ExtendedBlock updated = block;
    updated.block.stamp = *stamp;
    std::vector<namenode::NamedTarget> targets;
    for (const DatanodeModel* node : open->nodes) targets.push_back({node->uuid(), ""});
    NamenodeModel::Operation<Nothing> update =
        [name, block, updated, targets](NamenodeModel& node, const namenode::CallContext&) -> Result<Nothing> {
      MRD_RETURN_IF_ERROR(node.core().writing().UpdatePipeline(name, block, updated, targets));
      return Nothing();
    };
    Result<Nothing> done = co_await Ask<Nothing>("updatePipeline", true, update);
    if (!done.ok()) co_return false;
    open->block.stamp = *stamp;
    co_return true;
  }
}

Task<bool> ClientModel::AddNode(std::string path, OpenBlock* open) {
  dfs::client::ReplacePolicy policy;
  policy.best_effort = true;
  dfs::client::ReplacePolicy::Pipeline pipeline;
  pipeline.replication = files_.at(path).replication;
  pipeline.nodes_left = open->nodes.size();
  pipeline.appended_or_flushed = open->visible;
  if (!policy.Wants(pipeline)) co_return true;
  namenode::AdditionalDatanodeRequest request;
  request.path = path;
  request.block = Extend(open->block);
  request.client_name = name_;
  request.file = files_.at(path).id;
  for (const DatanodeModel* node : open->nodes) request.existing.push_back({node->uuid(), ""});
  for (const std::string& uuid : excluded_) {
    dfs::DatanodeId id;
    id.uuid = uuid;
    request.excluded.push_back(id);
  }
  NamenodeModel::Operation<dfs::LocatedBlock> operation =
      [request](NamenodeModel& node, const namenode::CallContext& call) {
    return node.core().writing().GetAdditionalDatanode(call, request);
  };
  Result<dfs::LocatedBlock> found = co_await Ask<dfs::LocatedBlock>("getAdditionalDatanode", false, operation);
  if (!found.ok()) co_return policy.MayGoOnWith(open->nodes.size());
  for (const dfs::ReplicaLocation& location : found->locations) {
    DatanodeModel* const node = datanodes_.ByUuid(location.node.id.uuid);
    if (std::find(open->nodes.begin(), open->nodes.end(), node) != open->nodes.end()) continue;
    DatanodeModel* const source = open->nodes.back();
    const dfs::Block block = open->block;
    const Endpoint target = node->endpoint();
    Handler<Nothing> handler = [source, block, target] { return source->SendCopy(block, target, true); };
    Route route = To(source->endpoint(), 5'000);
    route.stream = true;
    Result<Nothing> copied = co_await Call<Nothing>(network_, route, handler);
    if (copied.ok()) {
      open->nodes.push_back(node);
    } else {
      excluded_.insert(node->uuid());
    }
    break;
  }
  co_return policy.MayGoOnWith(open->nodes.size());
}

}  // namespace mrd::sim
