#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/types.h"

namespace mrd::namenode {

// One line of a host file: "host", "host:port" or an ip. Matches by ip or host name; without a port any node there.
struct HostEntry {
  std::string host;
  std::uint16_t xfer_port = 0;  // 0: any
  bool Matches(const dfs::DatanodeId& id) const;
};

// Takes one line; surrounding blanks and what follows '#' are dropped. An empty host means there is nothing in it.
HostEntry ParseHostEntry(std::string_view line);

// Who may serve and who has to go, as dfs.hosts and dfs.hosts.exclude say. Values; the caller reads the files.
struct HostLists {
  struct Maintenance {
    HostEntry host;
    std::int64_t until_wall_ms = INT64_MAX;  // since 1970
  };
  std::vector<HostEntry> include;  // empty: all
  std::vector<HostEntry> exclude;  // to be decommissioned
  std::vector<Maintenance> maintenance;

  bool Admits(const dfs::DatanodeId& id) const;
  bool Excludes(const dfs::DatanodeId& id) const;
  // The entry that keeps the node in maintenance at the instant, or null.
  const Maintenance* InMaintenance(const dfs::DatanodeId& id, std::int64_t wall_ms) const;
};

}  // namespace mrd::namenode
