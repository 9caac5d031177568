#pragma once

#include <cstddef>
#include <cstdint>

namespace mrd {

// CRC-32C (Castagnoli) with the usual initial value and final inversion: of "123456789" it is 0xE3069283. `seed` is
// the result for the bytes before these, so Crc32c(b, Crc32c(a)) equals the checksum of a followed by b.
std::uint32_t Crc32c(const void* data, std::size_t size, std::uint32_t seed = 0);

}  // namespace mrd
