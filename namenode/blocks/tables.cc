#include "namenode/blocks/tables.h"

namespace mrd::namenode {

BlockTables::BlockTables(const BlockOptions& given, Random& chance)
    : options(given),
      random(chance),
      nodes(options),
      placement(nodes, random),
      safe_mode({given.safe_mode_threshold, given.safe_mode_min_datanodes, given.safe_mode_extension_ms}) {}

NodeOrders& BlockTables::OrdersOf(NodeIndex node) {
  if (orders.size() <= node.value) orders.resize(node.value + 1);
  return orders[node.value];
}

}  // namespace mrd::namenode
