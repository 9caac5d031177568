#pragma once

#include <functional>
#include <string>

namespace mrd::dfs::client {

// Is told why, once each time that a connection to a namenode takes longer than people wait without asking. Called on a
// thread of the client, so it must outlive the client and stand being called at any time.
using WaitListener = std::function<void(const std::string& why)>;

}  // namespace mrd::dfs::client
