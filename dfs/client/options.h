#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/config.h"
#include "common/base/status.h"
#include "dfs/client/replace_policy.h"
#include "dfs/client/wait_listener.h"
#include "dfs/wire/checksum.h"

namespace mrd::dfs::client {

using std::chrono::milliseconds;

enum class ChecksumCombine { kMd5Crc, kCompositeCrc };

// What of one file may be on its way to the datanodes: so many bytes, and not more packets than this.
inline constexpr std::size_t kBytesInFlightMax = std::size_t{4} << 20;
inline constexpr std::size_t kPacketsInFlightMax = 80;
// How often a pipeline is set up anew without any packet getting through before the write fails.
inline constexpr int kPipelineRecoveriesMax = 5;

// The settings of one client, read once. Names are those of the keys in keys.cc.
struct Options {
  std::string user;  // as whom the client acts

  // New files. What the configuration does not set is the server's default.
  std::uint32_t replication = 0;
  std::uint64_t block_size = 0;
  std::uint32_t umask = 022;
  wire::ChecksumSpec checksum;
  std::uint32_t packet_bytes = 512 << 10;

  // Reads.
  milliseconds retry_window_base{3'000};
  int block_acquire_failures_max = 3;
  milliseconds connection_cache_expiry{3'000};
  std::size_t connection_cache_capacity = 16;
  bool short_circuit = true;
  bool short_circuit_skip_checksum = false;
  std::string domain_socket_path;
  int hedged_reads_max = 0;  // 0: none
  milliseconds hedged_threshold{500};
  ChecksumCombine checksum_combine = ChecksumCombine::kMd5Crc;

  // Writes.
  int block_write_retries = 3;
  int locate_following_retries = 5;
  milliseconds locate_following_delay{400};
  ReplacePolicy replace_policy;
  milliseconds datanode_restart_timeout{30'000};
  milliseconds lease_renew_interval{30'000};
  milliseconds heartbeat_interval{30'000};

  // Connections.
  bool use_datanode_hostname = false;
  milliseconds socket_timeout{60'000};
  milliseconds socket_timeout_extension{5'000};  // for each further node of a pipeline
  milliseconds rpc_timeout{120'000};
  milliseconds connect_timeout{20'000};
  int connect_retries = 10;
  bool connect_retries_chosen = false;  // by the user, so it holds everywhere
  milliseconds connect_retry_interval{1'000};
  WaitListener on_waiting;  // may be empty
};

// kInvalidArgument naming the key where a value makes no sense.
Result<Options> ReadOptions(const Config& config);

}  // namespace mrd::dfs::client
