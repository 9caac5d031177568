#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"

namespace mrd::tasktracker {

// Verifies the blocks of one segment of a spill file (docs/formats.md) as its bytes come in, in pieces of any size.
// Pure.
class SegmentCheck {
 public:
  // kCorruption, saying what is wrong and at which byte of the segment. Not to be called again after that.
  Status Add(std::string_view bytes);
  // The segment is at its end: kCorruption when that is within a block.
  Status Finish() const;

 private:
  Status Header();

  std::array<char, 16> header_ = {};
  std::size_t header_bytes_ = 0;  // of the block's header, as far as it is here
  std::uint64_t body_left_ = 0;   // of the block's stored bytes
  std::uint32_t crc_ = 0;         // of what came of the block
  std::uint32_t expected_crc_ = 0;
  std::uint64_t block_start_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace mrd::tasktracker
