#pragma once

#include <chrono>
#include <optional>

#include "common/base/config.h"
#include "common/base/status.h"

namespace mrd::dfs {

// How long tokens for blocks, and the keys that sign them, are good. All daemons of a cluster have the same.
struct TokenTimes {
  std::chrono::milliseconds key_interval{std::chrono::minutes(600)};  // dfs.block.access.key.update.interval
  std::chrono::milliseconds lifetime{std::chrono::minutes(600)};      // dfs.block.access.token.lifetime
};

// As configured; nothing where tokens are off (dfs.block.access.token.enable). kInvalidArgument names the key; also when
// tokens are on and no secret to sign them with is configured.
Result<std::optional<TokenTimes>> ReadTokenTimes(const Config& config);

}  // namespace mrd::dfs
