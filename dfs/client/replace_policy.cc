#include "dfs/client/replace_policy.h"

#include <cctype>
#include <string>

namespace mrd::dfs::client {

bool ReplacePolicy::Wants(const Pipeline& pipeline) const {
  if (!enabled || condition == Condition::kNever) return false;
  if (pipeline.nodes_left == 0 || pipeline.nodes_left >= pipeline.replication) return false;
  if (condition == Condition::kAlways) return true;
  if (pipeline.replication < 3) return false;
  return pipeline.nodes_left <= pipeline.replication / 2 || pipeline.appended_or_flushed;
}

bool ReplacePolicy::MayGoOnWith(std::size_t nodes_left) const {
  return best_effort || (min_replication > 0 && nodes_left >= min_replication);
}

Result<ReplacePolicy::Condition> ParseReplaceCondition(std::string_view text) {
  std::string upper;
  for (const char c : text) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (upper == "DEFAULT") return ReplacePolicy::Condition::kDefault;
  if (upper == "ALWAYS") return ReplacePolicy::Condition::kAlways;
  if (upper == "NEVER") return ReplacePolicy::Condition::kNever;
  return InvalidArgument("\"" + std::string(text) + "\" is none of DEFAULT, ALWAYS, NEVER");
}

}  // namespace mrd::dfs::client
