#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "namenode/blocks/placement.h"

namespace mrd::namenode {
namespace {

// The smaller, the rather read from.
int Rank(const DatanodeTable& nodes, NodeIndex index, MonoMs now) {
  const NodeRecord& node = nodes.node(index);
  if (!node.alive) return 4;
  if (node.admin == dfs::AdminState::kDecommissioned || node.admin == dfs::AdminState::kInMaintenance) return 3;
  if (node.admin == dfs::AdminState::kEnteringMaintenance) return 2;
  return nodes.IsStale(index, now) ? 1 : 0;
}

}  // namespace

void SortForReader(const DatanodeTable& nodes,
                   const ClientPlace& reader,
                   dfs::BlockId block,
                   MonoMs now,
                   std::vector<ReplicaTarget>& replicas) {
  if (replicas.size() < 2) return;
  const HostEntry by_ip{reader.ip, 0};
  const HostEntry by_name{reader.host, 0};
  std::string rack = reader.rack;
  if (rack.empty()) {
    auto here = nodes.OnHost(reader.ip);
    if (here.empty() && !reader.host.empty()) here = nodes.OnHost(reader.host);
    if (!here.empty()) rack = nodes.node(here[0]).rack;
  }
  std::uint64_t seed = static_cast<std::uint64_t>(block.value);
  for (unsigned char c : reader.ip + "/" + reader.host) seed = seed * 1099511628211ull ^ c;
  auto key = [&](ReplicaTarget replica) {
    const NodeRecord& node = nodes.node(replica.node);
    const bool same_host = by_ip.Matches(node.id) || by_name.Matches(node.id);
    const int distance = same_host ? 0 : (!rack.empty() && node.rack == rack) ? 1 : 2;
    std::uint64_t state = seed ^ (std::uint64_t{replica.node.value} << 32);
    return std::tuple(Rank(nodes, replica.node, now), distance, SplitMix64(state), replica.storage);
  };
  using Keyed = std::pair<decltype(key(replicas[0])), ReplicaTarget>;
  std::vector<Keyed> keyed;
  keyed.reserve(replicas.size());
  for (const ReplicaTarget replica : replicas) keyed.emplace_back(key(replica), replica);
  std::sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) { return a.first < b.first; });
  std::transform(keyed.begin(), keyed.end(), replicas.begin(), [](const Keyed& one) { return one.second; });
}

}  // namespace mrd::namenode
