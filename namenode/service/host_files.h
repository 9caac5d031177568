#pragma once

#include <map>
#include <string>

#include "common/base/env.h"
#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/blocks/host_lists.h"

namespace mrd::namenode {

// dfs.hosts and dfs.hosts.exclude: one host or host:port a line, '#' begins a comment. "" names no file. An error names the
// file; then nothing should be changed.
Result<HostLists> ReadHostFiles(Env& env, const std::string& include, const std::string& exclude);

// Where datanodes stand: lines "host-or-ip rack" of net.topology.table.file.name. Immutable.
class RackTable {
 public:
  static Result<RackTable> Read(Env& env, const std::string& path);  // "": an empty table
  // "" for a node that no line names.
  std::string Of(const dfs::DatanodeId& id) const;

 private:
  std::map<std::string, std::string> racks_;
};

}  // namespace mrd::namenode
