#pragma once

#include "common/rpc/proto_caller.h"

namespace mrd::datanode {

using rpc::ProtoCaller;

inline constexpr const char* kDatanodeProtocol = "mrd.DatanodeProtocol";
inline constexpr const char* kInterDatanodeProtocol = "mrd.InterDatanodeProtocol";

}  // namespace mrd::datanode
