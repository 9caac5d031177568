#include "tasktracker/segment_check.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "common/base/crc32c.h"
#include "engine/segment_format.h"

namespace mrd::tasktracker {

static_assert(sizeof(engine::BlockHeader) == 16);

Status SegmentCheck::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (body_left_ == 0) {
      if (header_bytes_ == 0) block_start_ = position_;
      const std::size_t take = std::min(bytes.size(), header_.size() - header_bytes_);
      std::memcpy(header_.data() + header_bytes_, bytes.data(), take);
      header_bytes_ += take;
      position_ += take;
      bytes.remove_prefix(take);
      if (header_bytes_ < header_.size()) continue;
      MRD_RETURN_IF_ERROR(Header());
    } else {
      const std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
      crc_ = Crc32c(bytes.data(), take, crc_);
      body_left_ -= take;
      position_ += take;
      bytes.remove_prefix(take);
    }
    if (body_left_ == 0) {
      if (crc_ != expected_crc_) {
        return Corruption("checksum mismatch in the block at byte " + std::to_string(block_start_));
      }
      header_bytes_ = 0;
    }
  }
  return Status::Ok();
}

Status SegmentCheck::Header() {
  engine::BlockHeader header;
  std::memcpy(&header, header_.data(), sizeof(header));
  if (header.flags != 0 && header.flags != engine::kBlockLz4) {
    return Corruption("the block at byte " + std::to_string(block_start_) + " has an unknown form");
  }
  crc_ = Crc32c(&header, offsetof(engine::BlockHeader, crc32c));
  expected_crc_ = header.crc32c;
  body_left_ = header.stored_size;
  return Status::Ok();
}

Status SegmentCheck::Finish() const {
  if (header_bytes_ == 0 && body_left_ == 0) return Status::Ok();
  return Corruption("it ends within the block at byte " + std::to_string(block_start_));
}

}  // namespace mrd::tasktracker
