#include "dfs/client/options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "common/base/environment.h"

namespace mrd::dfs::client {
namespace {

// Reads one key into a field; a key without a value leaves the field.
class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {}

  template <typename T>
  void Int(const char* name, T& field) {
    Take(config_.GetInt(name), field);
  }
  template <typename T>
  void Size(const char* name, T& field) {
    Take(config_.GetSize(name), field);
  }
  void Bool(const char* name, bool& field) { Take(config_.GetBool(name), field); }
  void Duration(const char* name, milliseconds& field) {
    std::int64_t ms = field.count();
    Take(config_.GetDurationMs(name), ms);
    field = milliseconds(ms);
  }
  const Status& status() const { return status_; }

 private:
  template <typename From, typename To>
  void Take(Result<From> value, To& field) {
    if (value.ok()) {
      field = static_cast<To>(*value);
    } else if (value.status().code() != Code::kNotFound && status_.ok()) {
      status_ = value.status();
    }
  }

  const Config& config_;
  Status status_;
};

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

Result<ChecksumType> ParseChecksumType(const std::string& text) {
  const std::string name = Upper(text);
  if (name == "CRC32C") return ChecksumType::kCrc32c;
  if (name == "CRC32") return ChecksumType::kCrc32;
  if (name == "NULL") return ChecksumType::kNull;
  return InvalidArgument("dfs.checksum.type=" + text + ": none of CRC32C, CRC32, NULL");
}

Result<ChecksumCombine> ParseCombine(const std::string& text) {
  const std::string name = Upper(text);
  if (name == "MD5MD5CRC") return ChecksumCombine::kMd5Crc;
  if (name == "COMPOSITE_CRC") return ChecksumCombine::kCompositeCrc;
  return InvalidArgument("dfs.checksum.combine.mode=" + text + ": neither MD5MD5CRC nor COMPOSITE_CRC");
}

Result<std::uint32_t> ParseUmask(const std::string& text) {
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 8);
  if (error != std::errc() || stop != end || value > 0777)
    return InvalidArgument("fs.permissions.umask-mode=" + text + ": not an octal number from 0 to 777");
  return value;
}

// How many waits of `interval` fill `patience`.
int RetriesWithin(milliseconds patience, milliseconds interval) {
  constexpr std::int64_t kRetriesMax = 100'000;
  const std::int64_t each = std::max<std::int64_t>(1, interval.count());
  return static_cast<int>(std::min((patience.count() + each - 1) / each, kRetriesMax));
}

}  // namespace

Result<Options> ReadOptions(const Config& config) {
  Options options;
  const auto name = EnvironmentVariable("HADOOP_USER_NAME");
  options.user = name && !name->empty() ? *name : CurrentUserName();

  Reader reader(config);
  // A default of the registry is no choice of the user's: then the server's own default holds.
  if (config.Source("dfs.replication") != "default") reader.Int("dfs.replication", options.replication);
  if (config.Source("dfs.blocksize") != "default") reader.Size("dfs.blocksize", options.block_size);
  reader.Size("dfs.bytes-per-checksum", options.checksum.bytes_per_chunk);
  reader.Size("dfs.client-write-packet-size", options.packet_bytes);

  reader.Duration("dfs.client.retry.window.base", options.retry_window_base);
  reader.Int("dfs.client.max.block.acquire.failures", options.block_acquire_failures_max);
  reader.Duration("dfs.client.socketcache.expiryMsec", options.connection_cache_expiry);
  reader.Int("dfs.client.socketcache.capacity", options.connection_cache_capacity);
  reader.Bool("dfs.client.read.shortcircuit", options.short_circuit);
  reader.Bool("dfs.client.read.shortcircuit.skip.checksum", options.short_circuit_skip_checksum);
  reader.Int("dfs.client.hedged.read.threadpool.size", options.hedged_reads_max);
  reader.Duration("dfs.client.hedged.read.threshold.millis", options.hedged_threshold);

  reader.Int("dfs.client.block.write.retries", options.block_write_retries);
  reader.Int("dfs.client.block.write.locateFollowingBlock.retries", options.locate_following_retries);
  reader.Duration("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", options.locate_following_delay);
  reader.Bool("dfs.client.block.write.replace-datanode-on-failure.enable", options.replace_policy.enabled);
  reader.Bool("dfs.client.block.write.replace-datanode-on-failure.best-effort", options.replace_policy.best_effort);
  reader.Int("dfs.client.block.write.replace-datanode-on-failure.min-replication",
             options.replace_policy.min_replication);
  reader.Duration("dfs.client.datanode-restart.timeout", options.datanode_restart_timeout);

  reader.Bool("dfs.client.use.datanode.hostname", options.use_datanode_hostname);
  reader.Duration("dfs.client.socket-timeout", options.socket_timeout);
  reader.Duration("ipc.client.rpc-timeout.ms", options.rpc_timeout);
  reader.Duration("ipc.client.connect.timeout", options.connect_timeout);
  reader.Int("ipc.client.connect.max.retries", options.connect_retries);
  options.connect_retries_chosen = config.Source("ipc.client.connect.max.retries") != "default";
  reader.Duration("ipc.client.connect.retry.interval", options.connect_retry_interval);
  milliseconds patience{-1};
  reader.Duration("dfs.client.namenode.patience", patience);
  MRD_RETURN_IF_ERROR(reader.status());
  if (patience.count() >= 0) {
    options.connect_retries = RetriesWithin(patience, options.connect_retry_interval);
    options.connect_retries_chosen = true;
  }

  options.domain_socket_path = config.GetString("dfs.domain.socket.path");
  MRD_ASSIGN_OR_RETURN(options.umask, ParseUmask(config.GetString("fs.permissions.umask-mode", "022")));
  MRD_ASSIGN_OR_RETURN(options.checksum.type, ParseChecksumType(config.GetString("dfs.checksum.type", "CRC32C")));
  MRD_ASSIGN_OR_RETURN(options.checksum_combine,
                       ParseCombine(config.GetString("dfs.checksum.combine.mode", "MD5MD5CRC")));
  const char* policy = "dfs.client.block.write.replace-datanode-on-failure.policy";
  Result<ReplacePolicy::Condition> condition = ParseReplaceCondition(config.GetString(policy, "DEFAULT"));
  if (!condition.ok()) return condition.status().WithContext(policy);
  options.replace_policy.condition = *condition;
  return options;
}

}  // namespace mrd::dfs::client
