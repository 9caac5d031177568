#include "sim/disk_model.h"

#include <algorithm>
#include <utility>

#include "dfs/errors.h"

namespace mrd::sim {

using dfs::ReplicaState;

namespace {

// The kernel writes back what is older.
constexpr Millis kWriteBack = 5'000;

Status Refused(std::string why) { return FailedPrecondition(std::move(why)); }
Status Missing(dfs::BlockId id) { return NotFound("no replica of " + std::to_string(id.value)); }

}  // namespace

ReplicaModel* DiskModel::Find(dfs::BlockId id) {
  const auto found = replicas_.find(id);
  return found == replicas_.end() ? nullptr : &found->second;
}

const ReplicaModel* DiskModel::Find(dfs::BlockId id) const {
  const auto found = replicas_.find(id);
  return found == replicas_.end() ? nullptr : &found->second;
}

Status DiskModel::CheckStamps(const ReplicaModel& replica, const SetUp& setup) {
  if (replica.stamp < setup.block.stamp || replica.stamp > setup.new_stamp) {
    return Refused("unmatched stamp " + std::to_string(replica.stamp.value));
  }
  return Status::Ok();
}

Result<bool> DiskModel::TakeOver(const SetUp& setup) {
  ReplicaModel* replica = Find(setup.block.id);
  if (setup.stage == Stage::kCreate) {
    if (replica != nullptr) return AlreadyExists("it exists");
    ReplicaModel fresh;
    fresh.stamp = setup.block.stamp;
    fresh.writer = setup.writer;
    fresh.written_ms = clock_.now();
    replicas_.emplace(setup.block.id, std::move(fresh));
    return false;
  }
  if (replica == nullptr) return Missing(setup.block.id);
  const bool finalized = replica->state == ReplicaState::kFinalized;
  const bool rbw = replica->state == ReplicaState::kRbw;
  const bool rwr = replica->state == ReplicaState::kRwr;
  if (!finalized && !rbw && !rwr) return Refused("it is being copied or recovered");
  if (setup.stage == Stage::kAppend) {
    if (!finalized) return Refused("it is not finalized");
    if (replica->stamp != setup.block.stamp || setup.new_stamp < replica->stamp) return Refused("unmatched stamp");
  } else {
    MRD_RETURN_IF_ERROR(CheckStamps(*replica, setup));
  }
  if (setup.stage == Stage::kStreamingRecovery) {
    if (finalized) return Refused("it is finalized");
    if (rwr) replica->acknowledged = std::min<std::size_t>(replica->data.size(), setup.block.length);
    const bool fits = replica->acknowledged >= setup.block.length && replica->data.size() <= setup.sent;
    if (!fits) return Refused("unmatched length");
    replica->data.resize(replica->acknowledged);
  } else if (replica->data.size() != setup.block.length) {
    return Refused("its length is " + std::to_string(replica->data.size()));
  } else {
    replica->acknowledged = replica->data.size();
  }
  replica->synced = std::min(replica->synced, replica->data.size());
  const bool close = setup.stage == Stage::kCloseRecovery;
  replica->state = close ? ReplicaState::kFinalized : ReplicaState::kRbw;
  replica->stamp = setup.new_stamp;
  replica->writer = close ? 0 : setup.writer;
  replica->written_ms = clock_.now();
  return close;
}

Status DiskModel::Write(dfs::BlockId id, std::uint64_t writer, std::uint64_t offset, std::string_view bytes) {
  ReplicaModel* const replica = Find(id);
  if (replica == nullptr) return Missing(id);
  if (replica->writer != writer || replica->state != ReplicaState::kRbw) return Refused("another writer has it");
  // What is sent again after a recovery may be there already.
  if (replica->data.size() < offset) return Refused("it has " + std::to_string(replica->data.size()) + " bytes");
  const std::size_t known = std::min<std::size_t>(replica->data.size() - offset, bytes.size());
  if (replica->data.compare(offset, known, bytes.substr(0, known)) != 0) return Refused("other bytes are there");
  replica->data.append(bytes.substr(known));
  replica->written_ms = clock_.now();
  return Status::Ok();
}

Status DiskModel::Finalize(dfs::BlockId id, std::uint64_t writer) {
  ReplicaModel* const replica = Find(id);
  if (replica == nullptr) return Missing(id);
  if (replica->writer != writer || replica->state != ReplicaState::kRbw) return Refused("another writer has it");
  replica->state = ReplicaState::kFinalized;
  replica->acknowledged = replica->data.size();
  replica->writer = 0;
  return Status::Ok();
}

Status DiskModel::CreateTemporary(const dfs::Block& block, std::uint64_t writer) {
  if (const ReplicaModel* there = Find(block.id)) {
    const bool unfinished = there->state == ReplicaState::kTemporary || there->state == ReplicaState::kRbw;
    if (!unfinished || there->stamp >= block.stamp) return AlreadyExists("it exists");
  }
  ReplicaModel fresh;
  fresh.state = ReplicaState::kTemporary;
  fresh.stamp = block.stamp;
  fresh.writer = writer;
  replicas_[block.id] = std::move(fresh);
  return Status::Ok();
}

Status DiskModel::FinishTemporary(dfs::BlockId id, std::uint64_t writer, std::string bytes, ReplicaState state) {
  ReplicaModel* const replica = Find(id);
  if (replica == nullptr) return Missing(id);
  if (replica->state != ReplicaState::kTemporary || replica->writer != writer) return Refused("another writer has it");
  replica->state = state;
  replica->data = std::move(bytes);
  replica->acknowledged = replica->data.size();
  replica->writer = 0;
  replica->written_ms = clock_.now();
  return Status::Ok();
}

void DiskModel::DropTemporary(dfs::BlockId id, std::uint64_t writer) {
  const ReplicaModel* const replica = Find(id);
  const bool mine = replica != nullptr && replica->state == ReplicaState::kTemporary && replica->writer == writer;
  if (mine) replicas_.erase(id);
}

Result<std::string> DiskModel::Read(const dfs::Block& block) const {
  const ReplicaModel* const replica = Find(block.id);
  if (replica == nullptr) return Missing(block.id);
  if (replica->stamp < block.stamp) return Refused("an older replica");
  const ReplicaState state = replica->FileState();
  if (state != ReplicaState::kFinalized && state != ReplicaState::kRbw) return Refused("it waits for recovery");
  if (replica->rotten) return Corruption("checksum error");
  return state == ReplicaState::kFinalized ? replica->data : replica->data.substr(0, replica->acknowledged);
}

Result<std::optional<datanode::RecoverableReplica>> DiskModel::InitRecovery(const dfs::Block& block,
                                                                            dfs::GenerationStamp stamp) {
  ReplicaModel* const replica = Find(block.id);
  using Found = std::optional<datanode::RecoverableReplica>;
  if (replica == nullptr || replica->state == ReplicaState::kTemporary) return Found();
  if (replica->state == ReplicaState::kRur && replica->recovery >= stamp) {
    return dfs::Exception(dfs::java::kRecoveryInProgress, "recovered under " + std::to_string(replica->recovery.value));
  }
  if (replica->stamp >= stamp) return Refused("it is not older than the recovery");
  datanode::RecoverableReplica found;
  found.block = dfs::Block{block.id, replica->stamp, replica->data.size()};
  found.state = replica->FileState();
  if (replica->stamp < block.stamp) return std::optional(found);
  replica->writer = 0;
  if (replica->state != ReplicaState::kRur) replica->state_before = replica->state;
  replica->state = ReplicaState::kRur;
  replica->recovery = stamp;
  return std::optional(found);
}

Result<dfs::Block> DiskModel::UpdateRecovery(const dfs::Block& block,
                                             dfs::GenerationStamp stamp,
                                             std::uint64_t length) {
  ReplicaModel* const replica = Find(block.id);
  if (replica == nullptr) return Missing(block.id);
  if (replica->state != ReplicaState::kRur || replica->recovery != stamp) return Refused("another recovery has it");
  if (length > replica->data.size()) return Refused("it is shorter");
  replica->data.resize(length);
  replica->synced = std::min(replica->synced, replica->data.size());
  replica->acknowledged = replica->data.size();
  replica->state = ReplicaState::kFinalized;
  replica->stamp = stamp;
  replica->recovery = {};
  return dfs::Block{block.id, stamp, length};
}

Status DiskModel::Invalidate(const dfs::Block& block) {
  const ReplicaModel* const replica = Find(block.id);
  if (replica == nullptr) return Missing(block.id);
  if (replica->stamp != block.stamp) return Refused("it is another stamp's");
  replicas_.erase(block.id);
  return Status::Ok();
}

std::vector<dfs::ReportedReplica> DiskModel::Report() const {
  std::vector<dfs::ReportedReplica> report;
  for (const auto& [id, replica] : replicas_) {
    if (replica.state == ReplicaState::kTemporary) continue;
    report.push_back({dfs::Block{id, replica.stamp, replica.data.size()}, replica.state});
  }
  return report;
}

void DiskModel::EndProcess() {
  for (auto at = replicas_.begin(); at != replicas_.end();) {
    ReplicaModel& replica = at->second;
    const ReplicaState state = replica.FileState();
    if (state == ReplicaState::kTemporary) {
      at = replicas_.erase(at);
      continue;
    }
    replica.state = state == ReplicaState::kFinalized ? state : ReplicaState::kRwr;
    replica.recovery = {};
    replica.writer = 0;
    replica.acknowledged = state == ReplicaState::kFinalized ? replica.data.size() : 0;
    ++at;
  }
}

std::vector<dfs::BlockId> DiskModel::LosePower(const std::map<dfs::BlockId, bool>& spare) {
  std::vector<dfs::BlockId> cut;
  for (auto& [id, replica] : replicas_) {
    if (clock_.now() - replica.written_ms > kWriteBack) replica.synced = replica.data.size();
    if (replica.synced >= replica.data.size() || spare.contains(id)) continue;
    const auto whole = static_cast<std::int64_t>(replica.data.size());
    const auto kept = clock_.Between(static_cast<std::int64_t>(replica.synced), whole);
    if (static_cast<std::size_t>(kept) == replica.data.size()) continue;
    replica.data.resize(static_cast<std::size_t>(kept));
    cut.push_back(id);
  }
  return cut;
}

}  // namespace mrd::sim
