#include "namenode/service/host_files.h"

#include <sstream>
#include <utility>

namespace mrd::namenode {
namespace {

Result<std::vector<HostEntry>> ReadHosts(Env& env, const std::string& path) {
  std::vector<HostEntry> entries;
  if (path.empty()) return entries;
  MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(env, path));
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    HostEntry entry = ParseHostEntry(line);
    if (!entry.host.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

Result<HostLists> ReadHostFiles(Env& env, const std::string& include, const std::string& exclude) {
  HostLists lists;
  MRD_ASSIGN_OR_RETURN(lists.include, ReadHosts(env, include));
  MRD_ASSIGN_OR_RETURN(lists.exclude, ReadHosts(env, exclude));
  return lists;
}

Result<RackTable> RackTable::Read(Env& env, const std::string& path) {
  RackTable table;
  if (path.empty()) return table;
  MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(env, path));
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string host;
    std::string rack;
    std::string more;
    if (!(words >> host)) continue;
    if (!(words >> rack) || rack[0] != '/' || (words >> more)) {
      return InvalidArgument(path + ":" + std::to_string(number) + ": expected \"host /rack\", found \"" + line + "\"");
    }
    table.racks_[host] = rack;
  }
  return table;
}

std::string RackTable::Of(const dfs::DatanodeId& id) const {
  for (const std::string& name : {id.ip, id.host, id.XferAddress()}) {
    if (const auto found = racks_.find(name); found != racks_.end()) return found->second;
  }
  return "";
}

}  // namespace mrd::namenode
