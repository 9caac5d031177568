#pragma once

// Writing in place: a client puts the data of a new block into the block's file, which the datanode on its host lends it
// (docs/protocols.md). The operation is CUSTOM with this id, then the message of WRITE_BLOCK, delimited. Never change these.

#include <cstdint>
#include <string_view>

namespace mrd::dfs::wire {

inline constexpr std::string_view kWriteInPlaceId = "mrd.write-in-place";
// In shortCircuitAccessVersion of the answer when a descriptor follows.
inline constexpr std::uint32_t kWriteInPlaceVersion = 1;

}  // namespace mrd::dfs::wire
