#pragma once

#include <string_view>
#include <vector>

namespace mrd::datanode {

// Every crash point of a datanode (mr.datanode.crash.point): those of the store, and those between what the store did
// and what others are told of it.
std::vector<std::string_view> CrashPointNames();

}  // namespace mrd::datanode
