#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "namenode/blocks/types.h"

namespace mrd::namenode {

// Orders that wait for a node's next heartbeat, deletions excepted (InvalidationQueue). Bounded per node: transfers
// by the streams of the node, verifications by the limit given, the rest by what its callers need.
struct NodeOrders {
  struct Transfer {
    dfs::Block block;
    std::vector<ReplicaTarget> targets;
  };
  struct Recovery {
    dfs::BlockId block;
    dfs::GenerationStamp stamp;
  };
  std::deque<Transfer> transfers;
  std::deque<Recovery> recoveries;
  std::deque<dfs::Block> verify;
  std::deque<Command> others;
  bool want_report = false;        // with the next heartbeat
  MonoMs want_report_at_ms = -1;   // or once this instant has come; -1: none
  MonoMs asked_report_ms = -1;     // when it was asked last

  bool empty() const { return transfers.empty() && recoveries.empty() && verify.empty() && others.empty(); }
  // True when the verification was taken or waits already.
  bool AddVerify(const dfs::Block& block, std::size_t max);
  // A registration makes former orders void; the wish for a report is fulfilled by the report that follows it.
  void Reset();
};

}  // namespace mrd::namenode
