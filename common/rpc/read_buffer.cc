#include "common/rpc/read_buffer.h"

#include <algorithm>
#include <cstring>

namespace mrd::rpc {
namespace {

constexpr std::size_t kSmall = 16u << 10;
// Less room than this is not worth a read.
constexpr std::size_t kRoomMin = 4u << 10;

std::shared_ptr<char[]> NewBlock(std::size_t capacity) { return std::make_shared_for_overwrite<char[]>(capacity); }

}  // namespace

ReadBuffer::ReadBuffer() : block_(NewBlock(kSmall)), capacity_(kSmall) {}

void ReadBuffer::MoveTo(std::size_t capacity) {
  const std::size_t size = end_ - begin_;
  if (capacity == capacity_ && block_.use_count() == 1) {
    std::memmove(block_.get(), block_.get() + begin_, size);
  } else {
    std::shared_ptr<char[]> block = NewBlock(capacity);
    std::memcpy(block.get(), block_.get() + begin_, size);
    block_ = std::move(block);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = size;
}

void ReadBuffer::MakeRoom(std::size_t wanted) {
  const std::size_t size = end_ - begin_;
  if (size == 0) {
    // A block that a long frame needed goes back.
    if (begin_ > 0 || capacity_ > kSmall) MoveTo(kSmall);
    return;
  }
  // Bytes beside pinned ones may be added; only moving them needs another block.
  const bool rest_fits = size < wanted && wanted <= capacity_ - begin_;
  if (rest_fits || room_size() >= kRoomMin) return;
  if (begin_ > 0 && size + kRoomMin <= capacity_) {
    MoveTo(capacity_);
    return;
  }
  MoveTo(std::max(std::min(wanted, 2 * capacity_), size + kRoomMin));
}

}  // namespace mrd::rpc
