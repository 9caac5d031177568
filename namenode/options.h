#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/secret.h"
#include "common/base/status.h"
#include "dfs/token_times.h"
#include "namenode/core/state.h"
#include "namenode/journal/edit_journal.h"

namespace mrd::namenode {

// Everything that the namenode reads of its configuration, once, at the start.
struct NamenodeOptions {
  std::vector<std::string> name_dirs;
  std::string rpc_ip;    // where to listen
  std::uint16_t rpc_port = 8020;
  CoreOptions core;
  JournalOptions journal;  // no key sets it; the store fills in directories, namespace and crash points
  MonoMs heartbeat_interval_ms = 3'000;
  MonoMs redundancy_interval_ms = 3'000;
  std::int64_t retry_cache_ms = 600'000;
  std::string group_overrides;
  std::string hosts_file;          // "" when there is none
  std::string hosts_exclude_file;
  std::string topology_file;
  // hadoop.proxyuser.<user>.hosts/groups/users, as they stand.
  struct ProxyUser {
    std::string user;
    std::vector<std::string> hosts;
    std::vector<std::string> groups;
    std::vector<std::string> users;
  };
  std::vector<ProxyUser> proxy_users;
  std::string rpc_key;  // the configuration key that rpc_ip comes from
  // What datanodes have to prove that they hold. Not read here: see daemon::ReadSecretFor().
  std::optional<Secret> secret;
  // Tokens for blocks; unset: none are issued. Needs the secret.
  std::optional<dfs::TokenTimes> block_tokens;
  std::string crash_point;  // CrashPoints::Arm()
};

// kInvalidArgument names key, value and what is expected.
Result<NamenodeOptions> ReadOptions(const Config& config);

}  // namespace mrd::namenode
