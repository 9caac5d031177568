#include "namenode/options.h"

#include <charconv>
#include <map>
#include <utility>

#include "common/base/environment.h"

namespace mrd::namenode {
namespace {

// "file:///a/b" and "/a/b" are the same directory.
std::string LocalPath(const std::string& text) {
  if (text.starts_with("file://")) return text.substr(7);
  if (text.starts_with("file:")) return text.substr(5);
  return text;
}

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostPort> ParseHostPort(const std::string& text, const std::string& what) {
  const std::size_t colon = text.rfind(':');
  HostPort result;
  result.host = text.substr(0, colon);
  const std::string port = colon == std::string::npos ? "8020" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (result.host.empty() || error != std::errc() || end != port.data() + port.size()) {
    return InvalidArgument(what + ": \"" + text + "\" is not host:port");
  }
  return result;
}

// The address that clients use: of its own key, else of the default file system.
Result<HostPort> RpcAddress(const Config& config) {
  const std::string own = config.GetString("dfs.namenode.rpc-address");
  if (!own.empty()) return ParseHostPort(own, "dfs.namenode.rpc-address");
  const std::string uri = config.GetString("fs.defaultFS");
  constexpr std::string_view kScheme = "hdfs://";
  if (uri.empty() || uri.starts_with("file:")) return HostPort{"127.0.0.1", 8020};
  if (!uri.starts_with(kScheme)) {
    return InvalidArgument("fs.defaultFS=" + uri + ": names no namenode; write hdfs://host:port, or set " +
                           "dfs.namenode.rpc-address");
  }
  std::string authority = uri.substr(kScheme.size());
  authority = authority.substr(0, authority.find('/'));
  return ParseHostPort(authority, "fs.defaultFS");
}

// The key that says where to listen.
std::string AddressKey(const Config& config) {
  for (const char* const key : {"dfs.namenode.rpc-bind-host", "dfs.namenode.rpc-address"}) {
    if (!config.GetString(key).empty()) return key;
  }
  return "fs.defaultFS";
}

std::vector<NamenodeOptions::ProxyUser> ProxyUsers(const Config& config) {
  constexpr std::string_view kPrefix = "hadoop.proxyuser.";
  std::map<std::string, NamenodeOptions::ProxyUser> users;
  for (const auto& [name, value] : config.Explicit()) {
    if (!name.starts_with(kPrefix)) continue;
    const std::size_t dot = name.rfind('.');
    if (dot <= kPrefix.size()) continue;
    const std::string user = name.substr(kPrefix.size(), dot - kPrefix.size());
    const std::string kind = name.substr(dot + 1);
    NamenodeOptions::ProxyUser& proxy = users[user];
    proxy.user = user;
    if (kind == "hosts") proxy.hosts = config.GetList(name);
    if (kind == "groups") proxy.groups = config.GetList(name);
    if (kind == "users") proxy.users = config.GetList(name);
  }
  std::vector<NamenodeOptions::ProxyUser> list;
  for (auto& [name, proxy] : users) list.push_back(std::move(proxy));
  return list;
}

// Reads keys one after another and keeps the first error, so that each line below says one thing.
class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {}
  template <typename T>
  void Int(const char* key, T* out) {
    Take(config_.GetInt(key), out);
  }
  template <typename T>
  void Size(const char* key, T* out) {
    Take(config_.GetSize(key), out);
  }
  template <typename T>
  void Millis(const char* key, T* out) {
    Take(config_.GetDurationMs(key), out);
  }
  void Double(const char* key, double* out) { Take(config_.GetDouble(key), out); }
  void Bool(const char* key, bool* out) { Take(config_.GetBool(key), out); }
  const Status& status() const { return status_; }

 private:
  template <typename From, typename To>
  void Take(const Result<From>& value, To* out) {
    if (value.ok()) {
      *out = static_cast<To>(*value);
    } else if (status_.ok()) {
      status_ = value.status();
    }
  }
  const Config& config_;
  Status status_;
};

Result<dfs::ChecksumType> ParseChecksumType(const std::string& name) {
  if (name == "CRC32C") return dfs::ChecksumType::kCrc32c;
  if (name == "CRC32") return dfs::ChecksumType::kCrc32;
  if (name == "NULL") return dfs::ChecksumType::kNull;
  return InvalidArgument("dfs.checksum.type: \"" + name + "\" is none of CRC32C, CRC32, NULL");
}

}  // namespace

Result<NamenodeOptions> ReadOptions(const Config& config) {
  NamenodeOptions options;
  for (const std::string& dir : config.GetList("dfs.namenode.name.dir")) options.name_dirs.push_back(LocalPath(dir));
  if (options.name_dirs.empty()) return InvalidArgument("dfs.namenode.name.dir names no directory");
  MRD_ASSIGN_OR_RETURN(const HostPort address, RpcAddress(config));
  options.rpc_ip = config.GetString("dfs.namenode.rpc-bind-host", address.host);
  options.rpc_key = AddressKey(config);
  options.rpc_port = address.port;
  options.group_overrides = config.GetString("hadoop.user.group.static.mapping.overrides");
  options.hosts_file = config.GetString("dfs.hosts");
  options.hosts_exclude_file = config.GetString("dfs.hosts.exclude");
  options.topology_file = config.GetString("net.topology.table.file.name");
  options.proxy_users = ProxyUsers(config);

  TreeOptions& tree = options.core.tree;
  BlockOptions& blocks = options.core.blocks;
  dfs::ServerDefaults& defaults = options.core.defaults;
  Reader reader(config);
  tree.superuser = CurrentUserName();
  tree.supergroup = config.GetString("dfs.permissions.superusergroup");
  reader.Bool("dfs.permissions.enabled", &tree.permissions);
  reader.Int("dfs.namenode.fs-limits.max-component-length", &tree.component_bytes_max);
  reader.Int("dfs.namenode.fs-limits.max-directory-items", &tree.directory_items_max);
  reader.Size("dfs.namenode.fs-limits.min-block-size", &tree.block_size_min);
  reader.Int("dfs.namenode.fs-limits.max-blocks-per-file", &tree.blocks_per_file_max);
  reader.Int("dfs.namenode.replication.min", &tree.replication_min);
  reader.Int("dfs.replication.max", &tree.replication_max);
  reader.Millis("dfs.namenode.accesstime.precision", &tree.access_time_precision_ms);
  reader.Int("dfs.ls.limit", &tree.list_limit);

  blocks.min_replication = tree.replication_min;
  reader.Millis("dfs.heartbeat.interval", &blocks.heartbeat_interval_ms);
  reader.Millis("dfs.namenode.heartbeat.recheck-interval", &blocks.recheck_interval_ms);
  reader.Millis("dfs.namenode.stale.datanode.interval", &blocks.stale_interval_ms);
  reader.Int("dfs.namenode.replication.max-streams", &blocks.max_streams);
  reader.Int("dfs.namenode.replication.max-streams-hard-limit", &blocks.max_streams_hard_limit);
  reader.Int("dfs.namenode.replication.work.multiplier.per.iteration", &blocks.work_per_live_node);
  reader.Millis("dfs.namenode.reconstruction.pending.timeout-sec", &blocks.pending_timeout_ms);
  reader.Double("dfs.namenode.safemode.threshold-pct", &blocks.safe_mode_threshold);
  reader.Int("dfs.namenode.safemode.min.datanodes", &blocks.safe_mode_min_datanodes);
  reader.Millis("dfs.namenode.safemode.extension", &blocks.safe_mode_extension_ms);

  reader.Millis("dfs.namenode.lease-soft-limit-ms", &options.core.leases.soft_ms);
  reader.Millis("dfs.namenode.lease-hard-limit-sec", &options.core.leases.hard_ms);
  reader.Millis("dfs.namenode.redundancy.interval.seconds", &options.redundancy_interval_ms);
  reader.Millis("dfs.namenode.retrycache.expirytime.millis", &options.retry_cache_ms);

  std::int64_t trash_ms = 0;
  reader.Size("dfs.blocksize", &defaults.block_size);
  reader.Int("dfs.replication", &defaults.replication);
  reader.Int("dfs.bytes-per-checksum", &defaults.bytes_per_checksum);
  reader.Int("dfs.client-write-packet-size", &defaults.write_packet_size);
  reader.Millis("fs.trash.interval", &trash_ms);
  MRD_RETURN_IF_ERROR(reader.status());
  options.heartbeat_interval_ms = blocks.heartbeat_interval_ms;
  defaults.trash_interval_minutes = static_cast<std::uint64_t>(trash_ms / 60'000);
  MRD_ASSIGN_OR_RETURN(options.block_tokens, dfs::ReadTokenTimes(config));
  options.crash_point = config.GetString("mr.namenode.crash.point");
  MRD_ASSIGN_OR_RETURN(defaults.checksum_type, ParseChecksumType(config.GetString("dfs.checksum.type", "CRC32C")));
  if (defaults.bytes_per_checksum == 0 || defaults.write_packet_size == 0) {
    return InvalidArgument("dfs.bytes-per-checksum and dfs.client-write-packet-size must be greater than 0");
  }
  return options;
}

}  // namespace mrd::namenode
