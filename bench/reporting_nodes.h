#pragma once

// Datanodes that exist in what they tell the namenode only: they hold no byte. What the namenode keeps of blocks and
// replicas, and what it does for their reports, is what it would do for real ones; millions of real replicas would
// measure the disk instead.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/namenode_connection.h"
#include "proto/hdfs/hdfs.pb.h"

namespace mrd::bench {

inline constexpr std::size_t kReplicas = 3;
inline constexpr std::uint64_t kBlockBytes = 4096;

// A finalized block that all nodes hold.
struct HeldBlock {
  std::uint64_t id = 0;
  std::uint64_t stamp = 0;
};

// kReplicas datanodes of one volume each. Threads: one.
class ReportingNodes {
 public:
  // Registers them. The connection must outlive this.
  explicit ReportingNodes(NamenodeConnection& connection);

  // Datanodes that are none of these and must get no block.
  const std::vector<hadoop::hdfs::DatanodeInfoProto>& others() const { return others_; }

  // Heartbeats of all, when the last ones are some seconds old; else nothing.
  void Live();
  // What node number `node` says of a block that it has just finished.
  Call Received(std::size_t node, const HeldBlock& block) const;
  // A full report of each, in parts as a datanode sends them.
  void Report(const std::vector<HeldBlock>& blocks);

 private:
  void Heartbeat();

  NamenodeConnection& connection_;
  std::vector<hadoop::hdfs::DatanodeInfoProto> others_;
  std::uint64_t epochs_[kReplicas] = {};
  std::int64_t heard_ns_ = 0;
};

// The blocks of a run, for the run that reports them after the namenode's restart. End the program when it fails.
void SaveBlocks(const std::string& path, const std::vector<HeldBlock>& blocks);
std::vector<HeldBlock> LoadBlocks(const std::string& path);

}  // namespace mrd::bench
