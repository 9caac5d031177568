#include "namenode/blocks/slot_set.h"

#include <algorithm>
#include <bit>

namespace mrd::namenode {

void SlotSet::ToBitmap(Chunk& chunk) {
  chunk.bitmap = std::make_unique<Bitmap>();
  for (std::uint16_t low : chunk.list) (*chunk.bitmap)[low >> 6] |= 1ull << (low & 63);
  chunk.list = std::vector<std::uint16_t>();
}

bool SlotSet::Insert(std::uint32_t slot) {
  const std::size_t high = slot >> 16;
  const auto low = static_cast<std::uint16_t>(slot);
  if (high >= chunks_.size()) chunks_.resize(high + 1);
  Chunk& chunk = chunks_[high];
  if (chunk.bitmap) {
    std::uint64_t& word = (*chunk.bitmap)[low >> 6];
    const std::uint64_t bit = 1ull << (low & 63);
    if (word & bit) return false;
    word |= bit;
  } else {
    auto at = std::lower_bound(chunk.list.begin(), chunk.list.end(), low);
    if (at != chunk.list.end() && *at == low) return false;
    chunk.list.insert(at, low);
    if (chunk.list.size() > kListMax) ToBitmap(chunk);
  }
  ++chunk.count;
  ++size_;
  return true;
}

bool SlotSet::Erase(std::uint32_t slot) {
  const std::size_t high = slot >> 16;
  const auto low = static_cast<std::uint16_t>(slot);
  if (high >= chunks_.size()) return false;
  Chunk& chunk = chunks_[high];
  if (chunk.bitmap) {
    std::uint64_t& word = (*chunk.bitmap)[low >> 6];
    const std::uint64_t bit = 1ull << (low & 63);
    if (!(word & bit)) return false;
    word &= ~bit;
    if (--chunk.count == 0) chunk.bitmap.reset();
  } else {
    auto at = std::lower_bound(chunk.list.begin(), chunk.list.end(), low);
    if (at == chunk.list.end() || *at != low) return false;
    chunk.list.erase(at);
    if (--chunk.count == 0) chunk.list = std::vector<std::uint16_t>();
  }
  --size_;
  return true;
}

bool SlotSet::Contains(std::uint32_t slot) const {
  const std::size_t high = slot >> 16;
  const auto low = static_cast<std::uint16_t>(slot);
  if (high >= chunks_.size()) return false;
  const Chunk& chunk = chunks_[high];
  if (chunk.bitmap) return ((*chunk.bitmap)[low >> 6] >> (low & 63)) & 1;
  return std::binary_search(chunk.list.begin(), chunk.list.end(), low);
}

std::uint32_t SlotSet::NextIn(const Chunk& chunk, std::uint32_t low) {
  if (chunk.bitmap) {
    std::size_t word = low >> 6;
    std::uint64_t bits = (*chunk.bitmap)[word] & (~0ull << (low & 63));
    while (bits == 0) {
      if (++word == chunk.bitmap->size()) return kNone;
      bits = (*chunk.bitmap)[word];
    }
    return static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(bits)));
  }
  auto at = std::lower_bound(chunk.list.begin(), chunk.list.end(), low);
  return at == chunk.list.end() ? kNone : *at;
}

std::uint32_t SlotSet::Next(std::uint32_t from) const {
  std::size_t high = from >> 16;
  std::uint32_t low = from & 0xFFFF;
  for (; high < chunks_.size(); ++high, low = 0) {
    if (chunks_[high].count == 0) continue;
    if (const std::uint32_t found = NextIn(chunks_[high], low); found != kNone) {
      return static_cast<std::uint32_t>(high << 16) | found;
    }
  }
  return kNone;
}

void SlotSet::Clear() {
  chunks_.clear();
  chunks_.shrink_to_fit();
  size_ = 0;
}

std::size_t SlotSet::MemoryBytes() const {
  std::size_t bytes = chunks_.capacity() * sizeof(Chunk);
  for (const Chunk& chunk : chunks_) {
    bytes += chunk.list.capacity() * sizeof(std::uint16_t) + (chunk.bitmap ? sizeof(Bitmap) : 0);
  }
  return bytes;
}

}  // namespace mrd::namenode
