#pragma once

// The beginning of a replica's checksum file ("blk_<id>_<stamp>.meta"); the checksums follow it. Clients with
// short-circuit reads read it themselves, so it never changes: version (2 bytes, 1), checksum type (1), bytes per
// checksum (4), all big-endian.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"
#include "dfs/wire/checksum.h"

namespace mrd::dfs::wire {

inline constexpr std::size_t kMetaHeaderBytes = 7;
inline constexpr std::uint16_t kMetaVersion = 1;

std::array<char, kMetaHeaderBytes> EncodeMetaHeader(const ChecksumSpec& spec);
// kCorruption when there are too few bytes, or they are not such a header.
Result<ChecksumSpec> DecodeMetaHeader(std::string_view bytes);

}  // namespace mrd::dfs::wire
