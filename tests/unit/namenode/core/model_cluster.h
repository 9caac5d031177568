#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "namenode/core/core.h"

namespace mrd::namenode::test {

// A core with datanodes that exist only as what they would say: each holds replicas in a map and reports as told. Time
// passes by Advance() alone. The mutations of every operation are kept, so that a second core can be made of them.
class ModelCluster {
 public:
  explicit ModelCluster(int datanodes);

  Core& core() { return *core_; }
  CallContext As(const std::string& user = "hdfs") const;
  void Advance(MonoMs ms);

  // What a client does with whole blocks: asks for one, "writes" `length` bytes to each node of its pipeline.
  dfs::InodeId Create(const std::string& path, const std::string& client, std::uint32_t replication = 2,
                      std::uint32_t flags = dfs::kCreateFlagCreate);
  Result<dfs::LocatedBlock> AddBlock(const std::string& path, const std::string& client,
                                     std::optional<dfs::Block> previous);
  // Every node of the pipeline reports the finalized replica.
  void Finalize(const dfs::LocatedBlock& block, std::uint64_t length);
  // A closed file of these block lengths; returns the blocks.
  std::vector<dfs::Block> WriteFile(const std::string& path, const std::vector<std::uint64_t>& lengths,
                                    std::uint32_t replication = 2);
  // The node says that a replica of this block is there, in a state.
  void Report(std::size_t node, const dfs::Block& block, BlockEvent::Kind kind);
  HeartbeatReply Heartbeat(std::size_t node);
  // Orders of all nodes' next heartbeats.
  std::vector<Command> Orders();
  std::size_t NodeOf(const dfs::ReplicaLocation& location) const;

  // Another core made of the first one's mutations, with its datanodes registered and silent about replicas.
  void Restart();
  // The same, with the datanodes below `back` alone; the others stay away until Register().
  void RestartWith(std::size_t back);
  void RegisterAll();
  void Register(std::size_t node);
  void FullReport(std::size_t node, const std::vector<dfs::Block>& finalized);

 private:
  void Keep();

  std::vector<Mutation> durable_;
  std::unique_ptr<Core> core_;
  std::vector<Registered> nodes_;
  MonoMs now_ = 1'000;
  std::uint64_t report_id_ = 0;
};

inline constexpr std::uint64_t kTestBlockSize = 1u << 20;

}  // namespace mrd::namenode::test
