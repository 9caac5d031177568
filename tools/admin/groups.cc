#include "tools/admin/groups.h"

#include <string>
#include <vector>

#include "dfs/client/options.h"

namespace mrd::admin {
namespace {

constexpr int kStatusFailed = 255;

Status PrintGroups(Session& session, Words users) {
  MRD_ASSIGN_OR_RETURN(Namenode* const namenode, session.DefaultNamenode());
  if (users.empty()) {
    MRD_ASSIGN_OR_RETURN(const dfs::client::Options options, dfs::client::ReadOptions(session.config()));
    users.push_back(options.user);
  }
  for (const std::string& user : users) {
    MRD_ASSIGN_OR_RETURN(const std::vector<std::string> groups, namenode->GroupsOf(user));
    std::string line = user + " :";
    for (const std::string& group : groups) line += " " + group;
    session.PrintLine(line);
  }
  return Status::Ok();
}

}  // namespace

int RunGroups(shell::Console& console, const Config& config, const Words& words) {
  Session session(console, config, "groups");
  const Status status = PrintGroups(session, words);
  if (!status.ok()) session.Fail(status);
  return session.failed() ? kStatusFailed : 0;
}

}  // namespace mrd::admin
