#include "dfs/types.h"

namespace mrd::dfs {

std::string ToString(const Block& block) {
  return "blk_" + std::to_string(block.id.value) + "_" + std::to_string(block.stamp.value);
}

}  // namespace mrd::dfs
