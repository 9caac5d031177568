#pragma once

#include <string_view>

#include "common/base/status.h"
#include "common/net/stream.h"
#include "datanode/transfer/input.h"
#include "dfs/wire/packet.h"

namespace mrd::datanode {

// A packet as it came, with its parts.
struct Packet {
  dfs::wire::PacketHeader header;
  Piece whole;  // what goes to the next node, unchanged
  std::string_view checksums;
  std::string_view data;
};

// The next packet of the stream. kInvalidArgument when it is none. With `placed` its data do not follow: they lie in the
// replica's file already, and `data` stays empty.
net::awaitable<Result<Packet>> ReadPacket(Input& input, bool placed);

}  // namespace mrd::datanode
