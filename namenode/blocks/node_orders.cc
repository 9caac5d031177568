#include "namenode/blocks/node_orders.h"

namespace mrd::namenode {

bool NodeOrders::AddVerify(const dfs::Block& block, std::size_t max) {
  for (const dfs::Block& waiting : verify) {
    if (waiting.id == block.id && waiting.stamp == block.stamp) return true;
  }
  if (verify.size() >= max) return false;
  verify.push_back(block);
  return true;
}

void NodeOrders::Reset() { *this = NodeOrders(); }

}  // namespace mrd::namenode
