#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dfs/client/packet_buffers.h"

namespace mrd::dfs::client {

class PlacedFile;

// A packet of a block on its way to the datanodes; kept until all of them have it, to be sent again if need be. Immutable
// once made: what is sent again is the same, bytes and number.
struct Packet {
  Packet() = default;
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;
  ~Packet() {
    if (data && buffers) buffers->Give(std::move(data));
  }

  std::int64_t seqno = 0;
  std::uint64_t block_number = 0;  // of the blocks that the writer has begun
  std::uint64_t offset_in_block = 0;
  std::uint32_t data_bytes = 0;
  bool last_in_block = false;
  bool sync = false;
  std::string front;  // header and checksums, as they are sent
  std::unique_ptr<char[]> data;
  std::shared_ptr<PacketBuffers> buffers;  // that take `data` back; may be null
  std::shared_ptr<PlacedFile> placed_in;   // the block's file if the data were put there already

  std::uint64_t end_in_block() const { return offset_in_block + data_bytes; }
  std::string_view data_view() const { return {data.get(), data_bytes}; }
};

}  // namespace mrd::dfs::client
