#include "namenode/service/proxy_users.h"

#include <algorithm>
#include <string>

#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

bool Names(const std::vector<std::string>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& item) { return item == "*" || item == name; });
}

}  // namespace

Status AuthorizeProxy(const std::vector<NamenodeOptions::ProxyUser>& rules, UserGroups& groups, const rpc::Caller& caller,
                      const net::Endpoint& peer, std::int64_t now_ms) {
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const NamenodeOptions::ProxyUser& r) { return r.user == caller.real_user; });
  bool allowed = false;
  if (rule != rules.end()) {
    allowed = Names(rule->users, caller.user);
    for (const std::string& group : groups.Of(caller.user, now_ms)) allowed = allowed || Names(rule->groups, group);
    allowed = allowed || Names(rule->groups, "*");
  }
  if (!allowed) {
    return dfs::Exception(dfs::java::kAuthorization,
                          "User: " + caller.real_user + " is not allowed to impersonate " + caller.user);
  }
  const bool local = peer.ip == "127.0.0.1" || peer.ip == "::1";
  if (!Names(rule->hosts, peer.ip) && !(local && Names(rule->hosts, "localhost"))) {
    return dfs::Exception(dfs::java::kAuthorization,
                          "Unauthorized connection for super-user: " + caller.real_user + " from IP " + peer.ip);
  }
  return Status::Ok();
}

}  // namespace mrd::namenode
