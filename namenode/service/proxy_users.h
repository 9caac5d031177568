#pragma once

#include <vector>

#include "common/base/status.h"
#include "common/net/stream.h"
#include "common/rpc/server.h"
#include "namenode/options.h"
#include "namenode/service/user_groups.h"

namespace mrd::namenode {

// Whether caller.real_user may act as caller.user from this peer, as hadoop.proxyuser.<user>.hosts, .groups and .users say;
// "*" stands for all. AuthorizationException with the reason if not.
Status AuthorizeProxy(const std::vector<NamenodeOptions::ProxyUser>& rules, UserGroups& groups, const rpc::Caller& caller,
                      const net::Endpoint& peer, std::int64_t now_ms);

}  // namespace mrd::namenode
