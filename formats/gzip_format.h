#pragma once

#include <cstddef>
#include <cstdint>

// The fixed bytes of a gzip member, RFC 1952. Never change.
namespace mrd::formats {

inline constexpr std::uint8_t kGzipMagic0 = 0x1f;
inline constexpr std::uint8_t kGzipMagic1 = 0x8b;
inline constexpr std::uint8_t kGzipDeflate = 8;

inline constexpr std::uint8_t kGzipFlagHeaderCrc = 0x02;
inline constexpr std::uint8_t kGzipFlagExtra = 0x04;
inline constexpr std::uint8_t kGzipFlagName = 0x08;
inline constexpr std::uint8_t kGzipFlagComment = 0x10;
inline constexpr std::uint8_t kGzipFlagsReserved = 0xe0;

inline constexpr std::size_t kGzipHeaderBytes = 10;  // without the optional fields
inline constexpr std::size_t kGzipTrailerBytes = 8;  // CRC-32 and length modulo 2^32, little-endian

}  // namespace mrd::formats
