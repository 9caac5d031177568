#include "engine/sort_buffer.h"

#include <algorithm>

namespace mrd::engine {

namespace {
// References count four bytes in 32 bits.
constexpr std::size_t kCapacityMax = std::size_t{16} << 30;
}  // namespace

SortBuffer::SortBuffer(std::size_t capacity_bytes)
    : capacity_(std::min(capacity_bytes, kCapacityMax)),
      arena_(capacity_),
      entry_memory_(capacity_ / 2),
      scratch_(capacity_ / 2) {}

void SortBuffer::Sort(const KeyOrder& order) {
  SortEntries({entries(), count_}, {reinterpret_cast<SortEntry*>(scratch_.data()), count_}, *this, order);
}

void SortBuffer::Discard() {
  Clear();
  arena_.Discard();
  entry_memory_.Discard();
  scratch_.Discard();
}

}  // namespace mrd::engine
