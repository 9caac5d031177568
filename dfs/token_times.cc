#include "dfs/token_times.h"

namespace mrd::dfs {
namespace {

constexpr const char* kIntervalKey = "dfs.block.access.key.update.interval";
constexpr const char* kLifetimeKey = "dfs.block.access.token.lifetime";
constexpr std::chrono::milliseconds kLeast{1000};

Result<std::chrono::milliseconds> Read(const Config& config, const char* key) {
  MRD_ASSIGN_OR_RETURN(const std::int64_t milliseconds, config.GetDurationMs(key));
  const std::chrono::milliseconds time(milliseconds);
  if (time < kLeast) return InvalidArgument(std::string(key) + " is less than a second");
  return time;
}

}  // namespace

Result<std::optional<TokenTimes>> ReadTokenTimes(const Config& config) {
  MRD_ASSIGN_OR_RETURN(const bool enabled, config.GetBool("dfs.block.access.token.enable"));
  if (!enabled) return std::optional<TokenTimes>();
  if (config.GetString("mr.security.secret.file").empty()) {
    return InvalidArgument(
        "dfs.block.access.token.enable is true, and there is no secret to sign tokens with; name a file of mode 0600 "
        "with one in mr.security.secret.file, the same for all daemons");
  }
  TokenTimes times;
  MRD_ASSIGN_OR_RETURN(times.key_interval, Read(config, kIntervalKey));
  MRD_ASSIGN_OR_RETURN(times.lifetime, Read(config, kLifetimeKey));
  return std::optional<TokenTimes>(times);
}

}  // namespace mrd::dfs
