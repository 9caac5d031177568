#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mrd::dfs::client {

// A packet of a block on its way to the datanodes; kept until all of them have it, to be sent again if need be. Immutable
// once made: what is sent again is the same, bytes and number.
struct Packet {
  std::int64_t seqno = 0;
  std::uint64_t offset_in_block = 0;
  std::uint32_t data_bytes = 0;
  bool last_in_block = false;
  bool sync = false;
  std::string front;  // header and checksums, as they are sent
  std::unique_ptr<char[]> data;

  std::uint64_t end_in_block() const { return offset_in_block + data_bytes; }
  std::string_view data_view() const { return {data.get(), data_bytes}; }
};

}  // namespace mrd::dfs::client
