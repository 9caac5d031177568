#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dfs/types.h"
#include "tools/admin/datanode.h"
#include "tools/admin/namenode.h"

// What the commands print, from plain values: Hadoop's shapes, which programs read.
namespace mrd::admin {

struct DatanodeSection {
  std::string title;        // "Live": "Live datanodes (3):"
  bool even_if_empty = false;
  std::vector<dfs::DatanodeInfo> nodes;
};

struct ClusterReport {
  bool safe_mode = false;
  ClusterTotals totals;
  std::vector<DatanodeSection> sections;
};

// The name of a host with this numeric address; "" when it has none.
using HostNameOf = std::function<std::string(const std::string& ip)>;

// `name_of` is asked for nodes that registered without a name.
std::string ReportText(const ClusterReport& report, const HostNameOf& name_of);
std::string TopologyText(const std::vector<dfs::DatanodeInfo>& nodes, const HostNameOf& name_of);
std::string VolumesText(const std::vector<VolumeInfo>& volumes);
std::string OpenFilesText(const std::vector<OpenFile>& files);

// Asks the resolver.
std::string HostNameOfAddress(const std::string& ip);

}  // namespace mrd::admin
