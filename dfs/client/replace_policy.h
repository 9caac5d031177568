#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/status.h"

namespace mrd::dfs::client {

// When a datanode of a pipeline failed: whether another one takes its place.
struct ReplacePolicy {
  enum class Condition { kDefault, kAlways, kNever };

  bool enabled = true;
  Condition condition = Condition::kDefault;
  bool best_effort = false;         // when no other node can be had, go on with those that are left
  std::size_t min_replication = 0;  // with at least so many left, go on likewise; 0: not so

  struct Pipeline {
    std::size_t replication = 0;  // of the file
    std::size_t nodes_left = 0;
    bool appended_or_flushed = false;
  };
  // DEFAULT: files of three replicas or more, when half of the nodes or fewer are left, or when somebody may already have
  // read what the block holds.
  bool Wants(const Pipeline& pipeline) const;
  // Whether to go on with the nodes that are left when no replacement was found.
  bool MayGoOnWith(std::size_t nodes_left) const;
};

// "DEFAULT", "ALWAYS", "NEVER", in any case.
Result<ReplacePolicy::Condition> ParseReplaceCondition(std::string_view text);

}  // namespace mrd::dfs::client
