#include "namenode/core/state.h"

#include <algorithm>
#include <utility>

#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

constexpr std::string_view kBlockIdCounter = "block-id";
constexpr std::string_view kStampCounter = "generation-stamp";
constexpr char kTruncationPrefix = 'T';  // never change

}  // namespace

CoreState::CoreState(CoreOptions options_in, dfs::NamespaceInfo info_in, Random random_in)
    : options(std::move(options_in)),
      info(std::move(info_in)),
      random(std::move(random_in)),
      tree(options.tree),
      blocks(options.blocks, random),
      leases(options.leases) {}

dfs::GenerationStamp CoreState::NextStamp() {
  const std::uint64_t stamp =
      tree.TakeFromCounter(kStampCounter, static_cast<std::uint64_t>(dfs::kFirstGenerationStamp.value), sink);
  return dfs::GenerationStamp{static_cast<std::int64_t>(stamp)};
}

dfs::GenerationStamp CoreState::LastStamp() const {
  const auto first = static_cast<std::uint64_t>(dfs::kFirstGenerationStamp.value);
  return dfs::GenerationStamp{static_cast<std::int64_t>(tree.Counter(kStampCounter, first)) - 1};
}

dfs::BlockId CoreState::NextBlockId() {
  const std::uint64_t id = tree.TakeFromCounter(kBlockIdCounter, static_cast<std::uint64_t>(dfs::kFirstBlockId.value), sink);
  return dfs::BlockId{static_cast<std::int64_t>(id)};
}

void CoreState::SetTruncation(dfs::BlockId block, std::uint64_t length) {
  truncations[block] = length;
  std::string value;
  for (int shift = 0; shift < 64; shift += 8) value.push_back(static_cast<char>(length >> shift));
  sink.Put(TruncationKey(block), std::move(value));
}

void CoreState::ClearTruncation(dfs::BlockId block) {
  if (truncations.erase(block) > 0) sink.Erase(TruncationKey(block));
}

void CoreState::SetPipeline(dfs::BlockId block, const std::vector<ReplicaTarget>& targets) {
  const DatanodeTable& nodes = blocks.nodes();
  std::vector<Pipelines::Member> members;
  for (const ReplicaTarget& target : targets) {
    members.push_back({nodes.node(target.node).id.uuid, nodes.storage(target.storage).uuid});
  }
  pipelines.Set(block, std::move(members), sink);
}

void CoreState::DropLastBlock(FileRef file, dfs::BlockId block) {
  ClearTruncation(block);
  pipelines.Clear(block, sink);
  tree.RemoveLastBlock(file, sink);
  blocks.Remove(block);
}

Status CoreState::RefuseInSafeMode(const std::string& what) const {
  if (!blocks.safe_mode().on()) return Status::Ok();
  return dfs::Exception(dfs::java::kSafeMode,
                        "Cannot " + what + ". Name node is in safe mode.\n" + SafeModeReason() +
                            " NamenodeHostName:localhost");
}

std::string CoreState::SafeModeReason() const {
  const SafeMode& safe_mode = blocks.safe_mode();
  const std::string tip = safe_mode.Tip(blocks.now());
  const SafeMode::Why why = safe_mode.why();
  if (why != SafeMode::Why::kBlocks && why != SafeMode::Why::kDatanodes) return tip;
  const DatanodeTable& nodes = blocks.nodes();
  const auto owes = [&](NodeIndex node) {
    const std::vector<StorageIndex>& storages = nodes.node(node).storages;
    return std::any_of(storages.begin(), storages.end(), [&](StorageIndex storage) {
      return nodes.storage(storage).usable() && !nodes.storage(storage).reported;
    });
  };
  const auto silent = std::count_if(nodes.live().begin(), nodes.live().end(), owes);
  return tip + " " + std::to_string(nodes.live_count()) + " datanode(s) have registered, " + std::to_string(silent) +
         " of them have not yet reported all their blocks. `mr doctor` names the blocks that are awaited.";
}

Status CoreState::RequireSuperuser(const CallContext& call) const {
  if (call.caller.superuser || !options.tree.permissions) return Status::Ok();
  return dfs::Exception(dfs::java::kAccessControl,
                        "Access denied for user " + call.caller.user + ". Superuser privilege is required");
}

void CoreState::Forget(const Removed& removed) {
  for (const dfs::Block& block : removed.blocks) {
    ClearTruncation(block.id);
    pipelines.Clear(block.id, sink);
    blocks.Remove(block.id);
  }
  for (const dfs::InodeId file : removed.open_files) leases.Remove(file);
}

std::string TruncationKey(dfs::BlockId block) {
  std::string key(1, kTruncationPrefix);
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(static_cast<std::uint64_t>(block.value) >> shift));
  }
  return key;
}

bool IsTruncationKey(std::string_view key) { return !key.empty() && key[0] == kTruncationPrefix; }

Status LoadTruncation(std::string_view key, const std::string* value, std::map<dfs::BlockId, std::uint64_t>* out) {
  if (key.size() != 9 || (value != nullptr && value->size() != 8)) {
    return Corruption("an entry of a block being truncated has the wrong size");
  }
  std::uint64_t id = 0;
  for (const char c : key.substr(1)) id = id << 8 | static_cast<unsigned char>(c);
  const dfs::BlockId block{static_cast<std::int64_t>(id)};
  if (value == nullptr) {
    out->erase(block);
    return Status::Ok();
  }
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>((*value)[static_cast<std::size_t>(i)]);
  (*out)[block] = length;
  return Status::Ok();
}

}  // namespace mrd::namenode
