#pragma once

// The bytes of the edit journal. Never change a constant: files of earlier versions have them. docs/formats.md has the
// whole story.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mrd::namenode {

// Segment header. Numbers are little-endian.
//   0 magic · 8 namespace id (32 bits) · 12 zero · 16 first txid (64) · 24 epoch (64) · 32 writer (64)
//   40 created, ms since 1970 (64) · 48 zeros · 60 CRC-32C of bytes 0 to 59
inline constexpr std::string_view kSegmentMagic = "MREDITS1";
inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kSegmentCrcOffset = 60;
static_assert(kSegmentMagic.size() == 8);

// Record header, followed by the payload and zeros up to a multiple of kRecordAlignment.
//   0 CRC-32C of everything from byte 4 to the end of the payload · 4 payload size (32) · 8 txid (64)
//   16 place in its batch (32), 0 for the first · 20 zero (32)
inline constexpr std::size_t kRecordHeaderBytes = 24;
inline constexpr std::size_t kRecordAlignment = 8;
inline constexpr std::size_t kRecordBytesMin = 32;  // header, one byte of payload, padding

// Largest payload; a delete of twenty million inodes fits.
inline constexpr std::size_t kPayloadBytesMax = std::size_t{256} << 20;
// Largest segment file that a reader takes into memory. A writer begins a new one long before.
inline constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{2} << 30;

inline constexpr std::string_view kSegmentPrefix = "edits_";  // and the first txid in 20 digits
inline constexpr std::string_view kTemporarySuffix = ".tmp";  // of a segment that is not yet one

}  // namespace mrd::namenode
