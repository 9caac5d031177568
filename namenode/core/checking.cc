#include "namenode/core/checking.h"

#include <algorithm>
#include <utility>

#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

using dfs::BlockHealth;

// Nodes that a reason names one by one; the rest is a number.
constexpr std::size_t kNamedMax = 5;

std::string_view CorruptText(CorruptReason reason) {
  switch (reason) {
    case CorruptReason::kOldStamp: return "misses a later append or recovery";
    case CorruptReason::kNewerStamp: return "is of a recovery that this namenode knows nothing of";
    case CorruptReason::kWrongLength: return "has the wrong length";
    case CorruptReason::kUnfinished: return "was never finished";
    case CorruptReason::kBadChecksum: return "fails its checksums";
  }
  return "is bad";
}

std::string Join(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < kNamedMax; ++i) text += (i == 0 ? "" : "; ") + items[i];
  if (items.size() > kNamedMax) text += "; and " + std::to_string(items.size() - kNamedMax) + " more";
  return text;
}

bool IsBelow(const std::string& path, const std::string& top) {
  return path == top || path.starts_with(top == "/" ? top : top + "/");
}

}  // namespace

// ---- One block ---------------------------------------------------------------------------------------------------

BlockHealth Checking::HealthOf(dfs::BlockId id, MonoMs now) const {
  const std::string_view text = state_.blocks.StateText(id, now);
  if (text == "HEALTHY") return BlockHealth::kHealthy;
  if (text == "UNDER CONSTRUCTION") return BlockHealth::kOpen;
  if (text == "UNDER REPLICATED") return BlockHealth::kUnderReplicated;
  if (text == "OVER REPLICATED") return BlockHealth::kOverReplicated;
  if (text == "MISREPLICATED") return BlockHealth::kMisreplicated;
  return text == "CORRUPT" ? BlockHealth::kCorrupt : BlockHealth::kMissing;
}

std::string Checking::CorruptText(dfs::BlockId id) const {
  std::vector<std::string> bad;
  for (const CorruptReplica& replica : state_.blocks.CorruptReplicas(id)) {
    bad.push_back("the replica on " + state_.blocks.nodes().node(replica.where.node).id.XferAddress() + " " +
                  std::string(namenode::CorruptText(replica.reason)));
  }
  return Join(bad);
}

std::string Checking::WhyLost(const TroubledBlock& block) const {
  const std::string bad = CorruptText(block.block.id);
  std::string text = bad.empty() ? "no datanode in reach has a replica" : "no good replica is left: " + bad;
  if (!block.last_seen.empty()) {
    text += "; a good one was last seen on " + block.last_seen;
  } else if (bad.empty()) {
    text += "; none was reported since the namenode started";
  }
  return text;
}

std::string Checking::Why(dfs::BlockId id, BlockHealth health, MonoMs now) const {
  if (health == BlockHealth::kHealthy || health == BlockHealth::kOpen) return "";
  if (health == BlockHealth::kOverReplicated) return "superfluous replicas wait for their deletion";
  if (dfs::IsLost(health)) {
    TroubledBlock lost;
    lost.block.id = id;
    lost.last_seen = state_.blocks.LastSeen(id);
    return WhyLost(lost);
  }
  const RedundancyStatus status = state_.blocks.Explain(id, now);
  std::string text = health == BlockHealth::kMisreplicated ? "all replicas stand in one rack; " : "";
  text += ObstacleText(status.obstacle);
  std::vector<std::string> refused;
  for (const Refusal& refusal : status.refusals) {
    // A node that has one is no surprise; only where all have one is that the reason.
    if (refusal.reason != RefusalReason::kHoldsReplica) refused.push_back(ToString(refusal));
  }
  if (!refused.empty()) {
    text += ": " + Join(refused);
  } else if (status.obstacle == RedundancyObstacle::kNoTarget) {
    text += ": every datanode holds one already";
  }
  const std::string bad = CorruptText(id);
  return bad.empty() ? text : text + "; " + bad;
}

std::vector<dfs::CheckedReplica> Checking::ReplicasOf(dfs::BlockId id, MonoMs now) const {
  std::vector<ReplicaTarget> places = state_.blocks.Replicas(id);
  const auto add = [&](ReplicaTarget place) {
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  };
  for (const ReplicaTarget& place : state_.blocks.ExcessReplicas(id)) add(place);
  for (const CorruptReplica& replica : state_.blocks.CorruptReplicas(id)) add(replica.where);
  std::vector<dfs::CheckedReplica> replicas;
  for (const ReplicaTarget& place : places) {
    dfs::ReplicaLocation location = state_.blocks.nodes().Location(place);
    dfs::CheckedReplica& replica = replicas.emplace_back();
    replica.node = std::move(location.node.id);
    replica.rack = std::move(location.node.location);
    replica.storage_uuid = std::move(location.storage_uuid);
    replica.storage_type = location.storage_type;
    replica.state = state_.blocks.ReplicaText(id, place.node, now);
  }
  return replicas;
}

dfs::CheckedBlock Checking::Look(const dfs::Block& block, MonoMs now) const {
  dfs::CheckedBlock checked;
  checked.block = block;
  checked.health = HealthOf(block.id, now);
  const ReplicaCounts counts = state_.blocks.Count(block.id, now);
  if (const auto summary = state_.blocks.Find(block.id)) checked.wanted = summary->replication;
  checked.live = counts.live;
  checked.decommissioned = counts.decommissioned;
  checked.decommissioning = counts.decommissioning;
  checked.maintenance = counts.maintenance;
  checked.corrupt = counts.corrupt;
  checked.excess = counts.excess;
  checked.stale = counts.stale_nodes;
  checked.pending = counts.pending;
  return checked;
}

dfs::CheckedBlock Checking::Explained(const dfs::Block& block, MonoMs now) const {
  dfs::CheckedBlock checked = Look(block, now);
  checked.why = Why(block.id, checked.health, now);
  return checked;
}

// ---- Pages -------------------------------------------------------------------------------------------------------

// Fills one page.
class Checking::Walk {
 public:
  // `top` is the path of the request as the tree has it.
  Walk(const Checking& checking, const CallContext& call, const dfs::CheckRequest& request, std::string top)
      : checking_(checking), state_(checking.state_), call_(call), request_(request), top_(std::move(top)) {}

  Result<dfs::CheckPage> Run() {
    MRD_RETURN_IF_ERROR(CheckResumption());
    const std::string& behind = request_.after;
    if (request_.after_blocks > 0) FinishFile(behind);
    if (!page_.more) {
      MRD_RETURN_IF_ERROR(state_.tree.WalkBehind(top_, behind, [this](const std::string& path, FileRef file) {
        return Visit(path, file);
      }));
    }
    MRD_RETURN_IF_ERROR(std::move(refused_));
    page_.client_ip = call_.client_ip;
    page_.pool = state_.info.pool_id;
    page_.datanodes = state_.blocks.nodes().live_count();
    page_.racks = state_.blocks.nodes().rack_count();
    page_.default_replication = state_.options.defaults.replication;
    page_.min_replication = state_.options.blocks.min_replication;
    page_.queued_copies = state_.blocks.pending_copies();
    return std::move(page_);
  }

 private:
  // Where a walk goes on is the caller's word: it must not lead past a directory that the caller may not list.
  Status CheckResumption() const {
    const std::string& after = request_.after;
    if (after.empty()) return {};
    if (!IsBelow(after, top_) || after.find("//") != std::string::npos) {
      return dfs::Exception(dfs::java::kIllegalArgument, "A walk through " + top_ + " cannot go on behind " + after);
    }
    for (std::size_t end = top_ == "/" ? 0 : top_.size(); !call_.caller.superuser; end = after.find('/', end + 1)) {
      const std::string directory = end == 0 ? "/" : after.substr(0, end);
      if (!state_.tree.FindFile(directory)) {
        Status allowed = state_.tree.CheckAccess(call_.caller, directory, Access::kReadExecute);
        // One that has gone hides nothing.
        if (!allowed.ok() && allowed.code() != Code::kNotFound) return allowed;
      }
      if (end == std::string::npos) break;
    }
    return {};
  }

  // The rest of a file that the page before could not finish. One that has gone since is left out.
  void FinishFile(const std::string& path) {
    page_.after = path;
    const FileRef file = state_.tree.FindFile(path);
    if (file && request_.after_blocks < file.block_count()) AddBlocks(path, file, request_.after_blocks);
  }

  bool Visit(const std::string& path, FileRef file) {
    if (work_ >= checking_.page_work_) {
      page_.more = true;
      return false;
    }
    ++work_;
    page_.after = path;
    page_.after_blocks = 0;
    return file ? AddFile(path, file) : Enter(path);
  }

  bool Enter(const std::string& path) {
    if (!call_.caller.superuser) {
      refused_ = state_.tree.CheckAccess(call_.caller, path, Access::kReadExecute);
      if (!refused_.ok()) return false;
    }
    ++page_.totals.directories;
    if (request_.all_files) {
      dfs::CheckedFile& told = page_.files.emplace_back();
      told.path = path;
      told.directory = true;
    }
    return true;
  }

  bool AddFile(const std::string& path, FileRef file) {
    dfs::CheckTotals& totals = page_.totals;
    if (file.under_construction()) {
      ++totals.open_files;
      totals.open_bytes += file.length();
      totals.open_blocks += file.block_count();
      if (!request_.open_files) return true;
    }
    ++totals.files;
    totals.bytes += file.length();
    return AddBlocks(path, file, 0);
  }

  // False when the page is full before the file's end.
  bool AddBlocks(const std::string& path, FileRef file, std::uint32_t from) {
    dfs::CheckedFile told;
    told.path = path;
    told.open = file.under_construction();
    told.length = file.length();
    told.replication = file.replication();
    told.block_count = static_cast<std::uint32_t>(file.block_count());
    std::uint64_t offset = 0;
    for (std::uint32_t i = 0; i < from; ++i) offset += file.block(i).length;
    bool whole = true;
    for (std::uint32_t i = from; i < told.block_count; ++i) {
      // At least one block, so that every page makes progress.
      if (i > from && work_ >= checking_.page_work_) {
        page_.more = true;
        page_.after = path;
        page_.after_blocks = i;
        whole = false;
        break;
      }
      const dfs::Block block = file.block(i);
      AddBlock(block, i, offset, &told);
      offset += block.length;
    }
    if (request_.all_files || !told.blocks.empty() || (told.open && request_.open_files)) {
      page_.files.push_back(std::move(told));
    }
    return whole;
  }

  void AddBlock(const dfs::Block& block, std::uint32_t index, std::uint64_t offset, dfs::CheckedFile* file) {
    dfs::CheckedBlock checked = checking_.Look(block, call_.mono_ms);
    checked.index = index;
    checked.offset = offset;
    ++work_;
    Count(checked);
    const bool fault = checked.health != BlockHealth::kHealthy && checked.health != BlockHealth::kOpen;
    if (!fault && !request_.all_blocks) return;
    if (fault) {
      checked.why = checking_.Why(block.id, checked.health, call_.mono_ms);
      // A reason may look at every node.
      work_ += state_.blocks.nodes().node_count() / 16;
    }
    if (request_.all_blocks) checked.replicas = checking_.ReplicasOf(block.id, call_.mono_ms);
    file->blocks.push_back(std::move(checked));
  }

  void Count(const dfs::CheckedBlock& block) {
    dfs::CheckTotals& totals = page_.totals;
    if (block.health == BlockHealth::kOpen) return;
    ++totals.blocks;
    totals.wanted_replicas += block.wanted;
    totals.live_replicas += block.live;
    totals.decommissioned_replicas += block.decommissioned;
    totals.decommissioning_replicas += block.decommissioning;
    totals.maintenance_replicas += block.maintenance;
    if (block.live >= state_.options.blocks.min_replication) ++totals.minimally_replicated;
    switch (block.health) {
      case BlockHealth::kUnderReplicated:
        ++totals.under_replicated;
        if (block.wanted > block.live) totals.lacking_replicas += block.wanted - block.live;
        break;
      case BlockHealth::kOverReplicated: ++totals.over_replicated; break;
      case BlockHealth::kMisreplicated: ++totals.misreplicated; break;
      case BlockHealth::kMissing:
        ++totals.missing;
        totals.missing_bytes += block.block.length;
        break;
      case BlockHealth::kCorrupt:
        ++totals.corrupt;
        totals.corrupt_bytes += block.block.length;
        break;
      case BlockHealth::kHealthy:
      case BlockHealth::kOpen: break;
    }
  }

  const Checking& checking_;
  const CoreState& state_;
  const CallContext& call_;
  const dfs::CheckRequest& request_;
  const std::string top_;
  dfs::CheckPage page_;
  std::size_t work_ = 0;
  Status refused_;
};

Result<dfs::CheckPage> Checking::Page(const CallContext& call, const dfs::CheckRequest& request) const {
  // Passing the directories above is checked here, listing those below by the walk.
  MRD_ASSIGN_OR_RETURN(const auto status, state_.tree.GetFileInfo(call.caller, request.path));
  if (!status) return dfs::Exception(dfs::java::kFileNotFound, "File does not exist: " + request.path);
  return Walk(*this, call, request, state_.tree.PathOf(status->id)).Run();
}

Result<dfs::BlockCheck> Checking::Find(const CallContext& call, dfs::BlockId id) const {
  MRD_RETURN_IF_ERROR(state_.RequireSuperuser(call));
  dfs::BlockCheck check;
  const auto summary = state_.blocks.Find(id);
  if (!summary) return check;
  check.known = true;
  check.path = state_.tree.PathOf(summary->file);
  check.block = Explained(summary->block, call.mono_ms);
  check.block.replicas = ReplicasOf(id, call.mono_ms);
  return check;
}

Result<Checking::LostPage> Checking::Lost(const CallContext& call, const std::string& path, dfs::BlockId after) const {
  MRD_RETURN_IF_ERROR(state_.RequireSuperuser(call));
  LostPage page;
  // After a start nothing counts as missing before safe mode is over: what it waits for is what cannot be read.
  const std::vector<TroubledBlock> lost = state_.blocks.safe_mode().in_startup()
                                              ? state_.blocks.Unreported(after, kLostBlocksPerPage, call.mono_ms)
                                              : state_.blocks.Missing(after, kLostBlocksPerPage, call.mono_ms);
  for (const TroubledBlock& block : lost) {
    page.next = block.block.id;
    std::string of = state_.tree.PathOf(block.file);
    if (!of.empty() && IsBelow(of, path)) {
      page.blocks.push_back({block.block, std::move(of), block.replication, WhyLost(block)});
    }
  }
  page.more = lost.size() == kLostBlocksPerPage;
  return page;
}

}  // namespace mrd::namenode
