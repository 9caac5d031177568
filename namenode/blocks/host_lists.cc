#include "namenode/blocks/host_lists.h"

#include <algorithm>
#include <charconv>
#include <cctype>

namespace mrd::namenode {
namespace {

bool Any(const std::vector<HostEntry>& entries, const dfs::DatanodeId& id) {
  return std::any_of(entries.begin(), entries.end(), [&](const HostEntry& entry) { return entry.Matches(id); });
}

bool SameHost(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

bool HostEntry::Matches(const dfs::DatanodeId& id) const {
  if (host.empty() || (xfer_port != 0 && xfer_port != id.xfer_port)) return false;
  return SameHost(host, id.ip) || SameHost(host, id.host);
}

HostEntry ParseHostEntry(std::string_view line) {
  line = line.substr(0, line.find('#'));
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front()))) line.remove_prefix(1);
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
  HostEntry entry{std::string(line), 0};
  const std::size_t colon = line.find(':');
  // More than one colon is an IPv6 address without a port.
  if (colon == std::string_view::npos || line.find(':', colon + 1) != std::string_view::npos) return entry;
  const std::string_view digits = line.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    entry.host = std::string(line.substr(0, colon));
    entry.xfer_port = port;
  }
  return entry;
}

bool HostLists::Admits(const dfs::DatanodeId& id) const {
  return include.empty() || Any(include, id);
}

bool HostLists::Excludes(const dfs::DatanodeId& id) const { return Any(exclude, id); }

const HostLists::Maintenance* HostLists::InMaintenance(const dfs::DatanodeId& id, std::int64_t wall_ms) const {
  for (const Maintenance& entry : maintenance) {
    if (entry.host.Matches(id) && wall_ms < entry.until_wall_ms) return &entry;
  }
  return nullptr;
}

}  // namespace mrd::namenode
