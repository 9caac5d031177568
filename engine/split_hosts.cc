#include "engine/split_hosts.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <thread>

namespace mrd::engine {
namespace {

// Each waits for a namenode; more would only make it busy.
constexpr std::size_t kThreadsMax = 8;
constexpr std::size_t kFilesPerThread = 16;

using Blocks = std::vector<fs::BlockLocation>;

Blocks BlocksOf(const std::string& text, fs::Registry& file_systems) {
  const Result<fs::Path> parsed = fs::Path::Parse(text);
  if (!parsed.ok()) return {};  // a plugin's own split may name anything
  const Result<fs::Path> path = file_systems.Qualify(*parsed);
  if (!path.ok()) return {};
  const Result<std::shared_ptr<fs::FileSystem>> system = file_systems.For(*path);
  if (!system.ok() || (*system)->scheme() == "file") return {};
  Result<Blocks> blocks = (*system)->Locate(*path, 0, std::numeric_limits<std::int64_t>::max());
  return blocks.ok() ? *std::move(blocks) : Blocks{};
}

std::map<std::string, Blocks> BlocksOfAll(const std::vector<InputSplit>& splits, fs::Registry& file_systems) {
  std::map<std::string, Blocks> blocks;
  for (const InputSplit& split : splits) {
    for (const InputPiece& piece : split.pieces) blocks.try_emplace(piece.path);
  }
  std::vector<std::pair<const std::string, Blocks>*> files;
  for (auto& entry : blocks) files.push_back(&entry);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t at = next++; at < files.size(); at = next++) {
      files[at]->second = BlocksOf(files[at]->first, file_systems);
    }
  };
  std::vector<std::thread> helpers;
  const std::size_t threads = std::min(kThreadsMax, files.size() / kFilesPerThread + 1);
  for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  return blocks;
}

std::vector<std::string> HostsOf(const InputSplit& split, const std::map<std::string, Blocks>& blocks) {
  std::map<std::string, std::uint64_t> bytes;
  for (const InputPiece& piece : split.pieces) {
    const std::uint64_t end = piece.start + piece.length;
    for (const fs::BlockLocation& block : blocks.at(piece.path)) {
      const std::uint64_t from = std::max(piece.start, block.offset);
      const std::uint64_t to = std::min(end, block.offset + block.length);
      if (from >= to) continue;
      for (const std::string& host : block.hosts) bytes[host] += to - from;
    }
  }
  std::vector<std::pair<std::uint64_t, std::string>> ranked;
  for (const auto& [host, held] : bytes) ranked.emplace_back(held, host);
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::string> hosts;
  for (const auto& [held, host] : ranked) {
    if (hosts.size() == kSplitHostsMax || held < ranked.front().first / 2) break;
    hosts.push_back(host);
  }
  return hosts;
}

}  // namespace

std::vector<std::vector<std::string>> SplitHosts(const std::vector<InputSplit>& splits,
                                                 fs::Registry& file_systems) {
  const std::map<std::string, Blocks> blocks = BlocksOfAll(splits, file_systems);
  std::vector<std::vector<std::string>> hosts;
  for (const InputSplit& split : splits) hosts.push_back(HostsOf(split, blocks));
  return hosts;
}

}  // namespace mrd::engine
