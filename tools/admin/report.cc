#include "tools/admin/report.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <map>
#include <string_view>

#include "tools/admin/size_text.h"

namespace mrd::admin {
namespace {

std::string Bytes(std::uint64_t bytes) { return std::to_string(bytes) + " (" + SizeText(bytes) + ")"; }

void Line(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\n");
}
void Line(std::string& text, std::string_view name, std::uint64_t value) { Line(text, name, std::to_string(value)); }

// "Tue Mar 05 10:12:00 UTC 2024", in local time.
std::string DateText(std::int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text;
  return std::string(text.data(), std::strftime(text.data(), text.size(), "%a %b %d %H:%M:%S %Z %Y", &parts));
}

const char* StatusText(dfs::AdminState state) {
  switch (state) {
    case dfs::AdminState::kNormal: return "Normal";
    case dfs::AdminState::kDecommissionInProgress: return "Decommission in progress";
    case dfs::AdminState::kDecommissioned: return "Decommissioned";
    case dfs::AdminState::kEnteringMaintenance: return "Entering maintenance";
    case dfs::AdminState::kInMaintenance: return "In maintenance";
  }
  return "Unknown";
}

const char* TopologyStatusText(dfs::AdminState state) {
  switch (state) {
    case dfs::AdminState::kNormal: return "In Service";
    case dfs::AdminState::kDecommissionInProgress: return "Decommission In Progress";
    case dfs::AdminState::kDecommissioned: return "Decommissioned";
    case dfs::AdminState::kEnteringMaintenance: return "Entering Maintenance";
    case dfs::AdminState::kInMaintenance: return "In Maintenance";
  }
  return "Unknown";
}

const char* TypeText(dfs::StorageType type) {
  switch (type) {
    case dfs::StorageType::kDisk: return "DISK";
    case dfs::StorageType::kSsd: return "SSD";
    case dfs::StorageType::kArchive: return "ARCHIVE";
    case dfs::StorageType::kRamDisk: return "RAM_DISK";
    case dfs::StorageType::kProvided: return "PROVIDED";
    case dfs::StorageType::kNvdimm: return "NVDIMM";
  }
  return "UNKNOWN";
}

// "10.0.0.4:9866 (node4)". The name that the node registered with spares a question to the resolver.
std::string NameOf(const dfs::DatanodeInfo& node, const HostNameOf& name_of) {
  const std::string& registered = node.id.host;
  const std::string name = registered.empty() || registered == node.id.ip ? name_of(node.id.ip) : registered;
  return node.id.XferAddress() + (name.empty() ? "" : " (" + name + ")");
}

void AppendNode(std::string& text, const dfs::DatanodeInfo& node, const HostNameOf& name_of) {
  Line(text, "Name", NameOf(node, name_of));
  Line(text, "Hostname", node.id.host);
  if (node.location != dfs::kDefaultRack) Line(text, "Rack", node.location);
  Line(text, "Decommission Status ", StatusText(node.admin_state));
  const auto capacity = static_cast<double>(node.capacity);
  Line(text, "Configured Capacity", Bytes(node.capacity));
  Line(text, "DFS Used", Bytes(node.dfs_used));
  Line(text, "Non DFS Used", Bytes(node.non_dfs_used));
  Line(text, "DFS Remaining", Bytes(node.remaining));
  Line(text, "DFS Used%", PercentText(static_cast<double>(node.dfs_used), capacity, 100));
  Line(text, "DFS Remaining%", PercentText(static_cast<double>(node.remaining), capacity, 0));
  // There is no cache: its lines are what programs find for a node without one.
  Line(text, "Configured Cache Capacity", Bytes(0));
  Line(text, "Cache Used", Bytes(0));
  Line(text, "Cache Remaining", Bytes(0));
  Line(text, "Cache Used%", PercentText(0, 0, 100));
  Line(text, "Cache Remaining%", PercentText(0, 0, 0));
  Line(text, "Xceivers", node.xceiver_count);
  Line(text, "Last contact", DateText(node.last_update_ms));
  Line(text, "Last Block Report", node.last_block_report_ms == 0 ? "Never" : DateText(node.last_block_report_ms));
  Line(text, "Num of Blocks", node.blocks);
  text += "\n\n";
}

void AppendTotals(std::string& text, const ClusterTotals& totals) {
  const dfs::FsStats& stats = totals.replicated;
  // What the disks hold besides is no capacity of ours.
  const std::uint64_t present = stats.used + stats.remaining;
  Line(text, "Configured Capacity", Bytes(stats.capacity));
  Line(text, "Present Capacity", Bytes(present));
  Line(text, "DFS Remaining", Bytes(stats.remaining));
  Line(text, "DFS Used", Bytes(stats.used));
  Line(text, "DFS Used%", PercentText(static_cast<double>(stats.used), static_cast<double>(present), 0));
  text += "Replicated Blocks:\n";
  Line(text, "\tUnder replicated blocks", stats.under_replicated);
  Line(text, "\tBlocks with corrupt replicas", stats.corrupt_blocks);
  Line(text, "\tMissing blocks", stats.missing_blocks);
  Line(text, "\tMissing blocks (with replication factor 1)", stats.missing_replication_one);
  Line(text, "\tLow redundancy blocks with highest priority to recover", stats.highest_priority_low_redundancy);
  Line(text, "\tPending deletion blocks", stats.pending_deletion);
  text += "Erasure Coded Block Groups: \n";
  Line(text, "\tLow redundancy block groups", totals.groups.low_redundancy);
  Line(text, "\tBlock groups with corrupt internal blocks", totals.groups.corrupt);
  Line(text, "\tMissing block groups", totals.groups.missing);
  if (const auto urgent = totals.groups.highest_priority_low_redundancy) {
    Line(text, "\tLow redundancy blocks with highest priority to recover", *urgent);
  }
  Line(text, "\tPending deletion blocks", totals.groups.pending_deletion);
}

void PadTo(std::string& text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
}

}  // namespace

std::string ReportText(const ClusterReport& report, const HostNameOf& name_of) {
  std::string text;
  if (report.safe_mode) text += "Safe mode is ON\n";
  AppendTotals(text, report.totals);
  text += "\n-------------------------------------------------\n";
  for (const DatanodeSection& section : report.sections) {
    if (section.nodes.empty() && !section.even_if_empty) continue;
    text += section.title + " datanodes (" + std::to_string(section.nodes.size()) + "):\n\n";
    for (const dfs::DatanodeInfo& node : section.nodes) AppendNode(text, node, name_of);
  }
  return text;
}

std::string TopologyText(const std::vector<dfs::DatanodeInfo>& nodes, const HostNameOf& name_of) {
  if (nodes.empty()) return "No DataNodes\n";
  std::map<std::string, std::map<std::string, std::string>> racks;  // location, address, line
  for (const dfs::DatanodeInfo& node : nodes) {
    racks[node.location][node.id.XferAddress()] =
        "   " + NameOf(node, name_of) + " " + TopologyStatusText(node.admin_state) + "\n";
  }
  std::string text;
  for (const auto& [rack, lines] : racks) {
    text += "Rack: " + rack + "\n";
    for (const auto& [address, line] : lines) text += line;
    text += "\n";
  }
  return text;
}

std::string VolumesText(const std::vector<VolumeInfo>& volumes) {
  const auto with_size = [](std::uint64_t bytes) { return std::to_string(bytes) + "(" + SizeText(bytes) + ")"; };
  std::string text = "Active Volumes : " + std::to_string(volumes.size()) + "\n";
  for (const VolumeInfo& volume : volumes) {
    text += "\n";
    Line(text, "Directory", volume.path);
    Line(text, "StorageType", TypeText(volume.type));
    Line(text, "Capacity Used", with_size(volume.used));
    Line(text, "Capacity Left", with_size(volume.free));
    Line(text, "Capacity Reserved", with_size(volume.reserved));
    Line(text, "Reserved Space for Replicas", with_size(volume.reserved_for_replicas));
    Line(text, "Blocks", volume.blocks);
  }
  return text;
}

std::string OpenFilesText(const std::vector<OpenFile>& files) {
  constexpr std::size_t kColumn = 20;
  const auto line = [](std::string machine, std::string client, const std::string& path) {
    PadTo(machine, kColumn);
    PadTo(client, kColumn);
    return machine + "\t" + client + "\t" + path + "\n";
  };
  std::string text = line("Client Host", "Client Name", "Open File Path");
  for (const OpenFile& file : files) text += line(file.client_machine, file.client_name, file.path);
  return text;
}

std::string HostNameOfAddress(const std::string& ip) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, ip.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    size = sizeof *v6;
  } else {
    return "";
  }
  std::array<char, NI_MAXHOST> name;
  const auto* const address = reinterpret_cast<const sockaddr*>(&storage);
  const int failed = ::getnameinfo(address, size, name.data(), name.size(), nullptr, 0, NI_NAMEREQD);
  return failed != 0 ? "" : name.data();
}

}  // namespace mrd::admin
