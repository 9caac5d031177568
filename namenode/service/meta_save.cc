#include "namenode/service/meta_save.h"

#include <string_view>
#include <vector>

namespace mrd::namenode {
namespace {

constexpr std::size_t kBlocksMax = 10'000;

void AppendBlocks(const Core& core, std::string_view title, const std::vector<TroubledBlock>& blocks, std::string* text) {
  *text += std::string(title) + ": " + std::to_string(blocks.size()) + "\n";
  for (const TroubledBlock& block : blocks) {
    *text += core.state().tree.PathOf(block.file) + ": " + dfs::ToString(block.block) +
             " (replicas: live: " + std::to_string(block.counts.live) + " decommissioning and decommissioned: " +
             std::to_string(block.counts.decommissioning + block.counts.decommissioned) +
             " corrupt: " + std::to_string(block.counts.corrupt) + " in excess: " + std::to_string(block.counts.excess) +
             ")" + (block.last_seen.empty() ? "" : " last seen on " + block.last_seen) + "\n";
  }
}

}  // namespace

Status WriteMetaSave(Env& env, const Core& core, const std::string& directory, const std::string& file,
                     std::int64_t now_ms, MonoMs mono_ms) {
  if (file.empty() || file.find('/') != std::string::npos || file == "..") {
    return InvalidArgument("metasave: \"" + file + "\" is not the plain name of a file");
  }
  const Namespace& tree = core.state().tree;
  const Blocks& blocks = core.state().blocks;
  const auto live = blocks.DatanodeReport(dfs::DatanodeReportType::kLive);
  const auto dead = blocks.DatanodeReport(dfs::DatanodeReportType::kDead);
  std::string text = std::to_string(tree.inode_count()) + " files and directories, " +
                     std::to_string(blocks.block_count()) + " blocks = " +
                     std::to_string(tree.inode_count() + blocks.block_count()) + " total filesystem objects\n" +
                     "Time: " + std::to_string(now_ms) + " ms since 1970\nLive Datanodes: " + std::to_string(live.size()) +
                     "\nDead Datanodes: " + std::to_string(dead.size()) + "\n";
  for (const dfs::DatanodeInfo& node : live) {
    text += node.id.XferAddress() + " " + node.location + " capacity=" + std::to_string(node.capacity) +
            " used=" + std::to_string(node.dfs_used) + " remaining=" + std::to_string(node.remaining) +
            " blocks=" + std::to_string(node.blocks) + "\n";
  }
  std::vector<TroubledBlock> waiting;
  for (const RiskLevel level : {RiskLevel::kHighest, RiskLevel::kVeryLow, RiskLevel::kLow, RiskLevel::kBadlyDistributed}) {
    for (TroubledBlock& block : blocks.Queue(level, {}, kBlocksMax, mono_ms)) waiting.push_back(std::move(block));
  }
  AppendBlocks(core, "Metasave: Blocks waiting for reconstruction", waiting, &text);
  AppendBlocks(core, "Metasave: Blocks currently missing", blocks.Missing({}, kBlocksMax, mono_ms), &text);
  text += "Metasave: Blocks being reconstructed: " + std::to_string(blocks.pending_copies()) +
          "\nMetasave: Blocks waiting deletion: " + std::to_string(blocks.pending_deletions()) + "\n";
  MRD_RETURN_IF_ERROR(CreateDirs(env, directory));
  return WriteFileDurably(env, directory + "/" + file, text);
}

}  // namespace mrd::namenode
