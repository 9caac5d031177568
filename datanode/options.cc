#include "datanode/options.h"

#include <array>
#include <charconv>
#include <utility>

#include "common/base/environment.h"

namespace mrd::datanode {
namespace {

constexpr const char* kSoftwareVersion = "3.4.1";  // what Hadoop's tools expect to read

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostPort> ParseHostPort(const std::string& text, const std::string& key, std::uint16_t default_port) {
  const std::size_t colon = text.rfind(':');
  HostPort result{text.substr(0, colon), default_port};
  bool good = !result.host.empty();
  if (colon != std::string::npos) {
    const std::string port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
    good = good && error == std::errc() && end == port.data() + port.size();
  }
  if (!good) return InvalidArgument(key + ": \"" + text + "\" is not host:port");
  return result;
}

Result<HostPort> NamenodeAddress(const Config& config) {
  const std::string own = config.GetString("dfs.namenode.rpc-address");
  if (!own.empty()) return ParseHostPort(own, "dfs.namenode.rpc-address", 8020);
  const std::string uri = config.GetString("fs.defaultFS");
  constexpr std::string_view kScheme = "hdfs://";
  if (uri.empty() || uri.starts_with("file:")) return HostPort{"127.0.0.1", 8020};
  if (!uri.starts_with(kScheme)) {
    return InvalidArgument("fs.defaultFS=" + uri + ": names no namenode; write hdfs://host:port, or set " +
                           "dfs.namenode.rpc-address");
  }
  std::string authority = uri.substr(kScheme.size());
  authority = authority.substr(0, authority.find('/'));
  return ParseHostPort(authority, "fs.defaultFS", 8020);
}

// "[SSD]file:///data/1" and the like.
Result<VolumeOptions> ParseVolume(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, dfs::StorageType>, 5> kTypes = {{
      {"DISK", dfs::StorageType::kDisk},
      {"SSD", dfs::StorageType::kSsd},
      {"ARCHIVE", dfs::StorageType::kArchive},
      {"RAM_DISK", dfs::StorageType::kRamDisk},
      {"NVDIMM", dfs::StorageType::kNvdimm},
  }};
  VolumeOptions volume;
  std::string dir = text;
  if (dir.starts_with('[')) {
    const std::size_t end = dir.find(']');
    const std::string type = end == std::string::npos ? dir : dir.substr(1, end - 1);
    bool known = false;
    for (const auto& [name, value] : kTypes) {
      if (name != type) continue;
      volume.type = value;
      known = true;
    }
    if (!known)
      return InvalidArgument("dfs.datanode.data.dir: \"" + text + "\": no such storage type; DISK, SSD, ARCHIVE, "
                             "RAM_DISK and NVDIMM are known");
    dir = dir.substr(end + 1);
  }
  if (dir.starts_with("file://")) {
    dir = dir.substr(7);
  } else if (dir.starts_with("file:")) {
    dir = dir.substr(5);
  }
  if (!dir.starts_with('/')) dir = CurrentDirectory() + "/" + dir;
  volume.dir = dir;
  return volume;
}

Result<VolumeChoice> ParseChoice(const std::string& text) {
  if (text == "round-robin" || text.ends_with("RoundRobinVolumeChoosingPolicy")) return VolumeChoice::kRoundRobin;
  if (text == "available-space" || text.ends_with("AvailableSpaceVolumeChoosingPolicy")) return VolumeChoice::kMostRoom;
  return InvalidArgument("dfs.datanode.fsdataset.volume.choosing.policy: \"" + text +
                         "\" is neither round-robin nor available-space");
}

}  // namespace

Result<DatanodeOptions> ReadOptions(const Config& config) {
  DatanodeOptions options;
  MRD_ASSIGN_OR_RETURN(const std::int64_t reserved, config.GetSize("dfs.datanode.du.reserved"));
  for (const std::string& text : config.GetList("dfs.datanode.data.dir")) {
    MRD_ASSIGN_OR_RETURN(VolumeOptions volume, ParseVolume(text));
    volume.reserved_bytes = static_cast<std::uint64_t>(reserved);
    options.store.volumes.push_back(std::move(volume));
  }
  if (options.store.volumes.empty()) return InvalidArgument("dfs.datanode.data.dir names no directory");
  MRD_ASSIGN_OR_RETURN(const std::int64_t tolerated, config.GetInt("dfs.datanode.failed.volumes.tolerated"));
  options.store.failed_volumes_tolerated = static_cast<std::size_t>(tolerated);
  if (options.store.failed_volumes_tolerated >= options.store.volumes.size()) {
    return InvalidArgument("dfs.datanode.failed.volumes.tolerated: " + std::to_string(tolerated) +
                           " is not less than the number of volumes, " + std::to_string(options.store.volumes.size()));
  }
  MRD_ASSIGN_OR_RETURN(options.store.choice,
                       ParseChoice(config.GetString("dfs.datanode.fsdataset.volume.choosing.policy")));
  MRD_ASSIGN_OR_RETURN(options.store.sync_on_close, config.GetBool("dfs.datanode.synconclose"));

  MRD_ASSIGN_OR_RETURN(const HostPort xfer,
                       ParseHostPort(config.GetString("dfs.datanode.address"), "dfs.datanode.address", 9866));
  MRD_ASSIGN_OR_RETURN(const HostPort ipc,
                       ParseHostPort(config.GetString("dfs.datanode.ipc.address"), "dfs.datanode.ipc.address", 9867));
  options.xfer_host = xfer.host;
  options.xfer_port = xfer.port;
  options.ipc_host = ipc.host;
  options.ipc_port = ipc.port;
  options.unix_socket = config.GetString("dfs.domain.socket.path");

  MRD_ASSIGN_OR_RETURN(const std::int64_t sessions, config.GetInt("dfs.datanode.max.transfer.threads"));
  options.transfer.sessions_max = static_cast<std::size_t>(sessions);
  MRD_ASSIGN_OR_RETURN(const std::int64_t keepalive, config.GetDurationMs("dfs.datanode.socket.reuse.keepalive"));
  options.transfer.keepalive = std::chrono::milliseconds(keepalive);
  MRD_ASSIGN_OR_RETURN(const std::int64_t balance, config.GetSize("dfs.datanode.balance.bandwidthPerSec"));
  options.transfer.balance_bytes_per_second = static_cast<std::uint64_t>(balance);
  MRD_ASSIGN_OR_RETURN(options.transfer.use_hostnames, config.GetBool("dfs.datanode.use.datanode.hostname"));

  MRD_ASSIGN_OR_RETURN(const HostPort namenode, NamenodeAddress(config));
  options.actor.namenode_host = namenode.host;
  options.actor.namenode_port = namenode.port;
  options.actor.user = CurrentUserName();
  options.actor.id.host = config.GetString("dfs.datanode.hostname");
  options.actor.rack = config.GetString("mr.datanode.rack");
  options.actor.software_version = kSoftwareVersion;
  // Not by default: the namenode says how often it wants to hear of its datanodes.
  if (config.Source("dfs.heartbeat.interval") != "default") {
    MRD_ASSIGN_OR_RETURN(const std::int64_t interval, config.GetDurationMs("dfs.heartbeat.interval"));
    options.actor.heartbeat_interval = std::chrono::milliseconds(interval);
  }
  if (config.Get("dfs.blockreport.intervalMsec")) {
    MRD_ASSIGN_OR_RETURN(const std::int64_t interval, config.GetDurationMs("dfs.blockreport.intervalMsec"));
    options.actor.block_report_interval = std::chrono::milliseconds(interval);
  }
  MRD_ASSIGN_OR_RETURN(const std::int64_t scan_rate, config.GetSize("dfs.block.scanner.volume.bytes.per.second"));
  options.scanner.bytes_per_second = static_cast<std::uint64_t>(scan_rate);
  MRD_ASSIGN_OR_RETURN(const std::int64_t scan_period, config.GetDurationMs("dfs.datanode.scan.period.hours"));
  options.scanner.period = std::chrono::milliseconds(scan_period);
  MRD_ASSIGN_OR_RETURN(const std::int64_t network_threads, config.GetInt("mr.datanode.network.threads"));
  options.network_threads = static_cast<std::size_t>(network_threads);
  MRD_ASSIGN_OR_RETURN(const std::int64_t disk_threads, config.GetInt("mr.datanode.disk.threads"));
  options.disk_threads = static_cast<std::size_t>(disk_threads);
  MRD_ASSIGN_OR_RETURN(options.block_tokens, dfs::ReadTokenTimes(config));
  options.crash_point = config.GetString("mr.datanode.crash.point");
  return options;
}

}  // namespace mrd::datanode
