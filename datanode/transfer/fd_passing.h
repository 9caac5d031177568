#pragma once

#include <span>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::datanode {

// Sends descriptors over a Unix socket, attached to one byte. The receiver gets copies. kInvalidArgument when the stream is
// no real socket; kDeadlineExceeded when the socket takes nothing for a second.
net::awaitable<Status> SendDescriptors(net::Stream& stream, std::span<const int> descriptors, char byte);

}  // namespace mrd::datanode
