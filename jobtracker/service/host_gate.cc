#include "jobtracker/service/host_gate.h"

#include <sstream>

namespace mrd::jobtracker {
namespace {

Result<std::set<std::string>> ReadHosts(Env& env, const std::string& path) {
  std::set<std::string> hosts;
  if (path.empty()) return hosts;
  MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(env, path));
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string host;
    while (words >> host) hosts.insert(host);
  }
  return hosts;
}

}  // namespace

Status HostGate::Read() {
  MRD_ASSIGN_OR_RETURN(std::set<std::string> include, ReadHosts(env_, include_file_));
  MRD_ASSIGN_OR_RETURN(exclude_, ReadHosts(env_, exclude_file_));
  include_ = std::move(include);
  return Status::Ok();
}

Status HostGate::Admit(const std::string& host, const std::string& ip) const {
  if (exclude_.contains(host) || exclude_.contains(ip)) {
    return PermissionDenied("host " + host + " (" + ip + ") is to have no tracker: " + exclude_file_ + " names it; take it out "
                            "and call refreshNodes");
  }
  // An empty list admits everybody, as Hadoop's does.
  if (!include_.empty() && !include_.contains(host) && !include_.contains(ip)) {
    return PermissionDenied("host " + host + " (" + ip + ") is to have no tracker: " + include_file_ + " does not name it; add it "
                            "and call refreshNodes");
  }
  return Status::Ok();
}

std::set<std::string> HostGate::Excluded(const std::vector<TrackerView>& trackers) const {
  std::set<std::string> hosts = exclude_;
  for (const TrackerView& tracker : trackers) {
    if (!Admit(tracker.info.host, tracker.info.host).ok()) hosts.insert(tracker.info.host);
  }
  return hosts;
}

}  // namespace mrd::jobtracker
