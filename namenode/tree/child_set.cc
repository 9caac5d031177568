#include "namenode/tree/child_set.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "common/base/check.h"
#include "namenode/tree/inode.h"

namespace mrd::namenode {

namespace {
constexpr std::uint32_t kChunkMax = 256;
constexpr std::uint32_t kChunkFirst = 4;
}  // namespace

struct ChildSet::Chunk {
  std::uint32_t count;
  std::uint32_t capacity;
  Inode* items[1];  // `capacity` of them

  static std::size_t Bytes(std::uint32_t capacity) { return offsetof(Chunk, items) + capacity * sizeof(Inode*); }

  static Chunk* Resize(Chunk* chunk, std::uint32_t capacity) {
    void* memory = std::realloc(static_cast<void*>(chunk), std::max(Bytes(capacity), sizeof(Chunk)));
    if (memory == nullptr) throw std::bad_alloc();
    auto* resized = static_cast<Chunk*>(memory);
    if (chunk == nullptr) resized->count = 0;
    resized->capacity = capacity;
    return resized;
  }
};

ChildSet::Position ChildSet::LowerBound(std::string_view name) const {
  if (chunks_.empty()) return {0, 0};
  // The last chunk whose first name is not greater; then within it.
  std::size_t low = 0;
  for (std::size_t high = chunks_.size(); high - low > 1;) {
    const std::size_t middle = (low + high) / 2;
    if (chunks_[middle]->items[0]->name() <= name) {
      low = middle;
    } else {
      high = middle;
    }
  }
  const Chunk& chunk = *chunks_[low];
  Inode* const* end = chunk.items + chunk.count;
  Inode* const* found =
      std::lower_bound(chunk.items, end, name, [](const Inode* inode, std::string_view key) {
        return inode->name() < key;
      });
  return {static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(found - chunk.items)};
}

Inode* ChildSet::Find(std::string_view name) const {
  const Position position = LowerBound(name);
  if (position.chunk >= chunks_.size()) return nullptr;
  const Chunk& chunk = *chunks_[position.chunk];
  if (position.index >= chunk.count) return nullptr;
  Inode* inode = chunk.items[position.index];
  return inode->name() == name ? inode : nullptr;
}

bool ChildSet::Insert(Inode* inode) {
  const std::string_view name = inode->name();
  if (!chunks_.empty() && Last()->name() < name) {
    // Names often come in order.
    const auto last = static_cast<std::uint32_t>(chunks_.size() - 1);
    InsertAt({last, chunks_[last]->count}, inode);
    return true;
  }
  const Position position = LowerBound(name);
  if (position.chunk < chunks_.size() && position.index < chunks_[position.chunk]->count &&
      chunks_[position.chunk]->items[position.index]->name() == name) {
    return false;
  }
  InsertAt(position, inode);
  return true;
}

void ChildSet::InsertAt(Position position, Inode* inode) {
  if (chunks_.empty()) chunks_.push_back(Chunk::Resize(nullptr, kChunkFirst));
  if (chunks_[position.chunk]->count == kChunkMax) {
    const bool at_the_end = position.chunk + 1 == chunks_.size() && position.index == kChunkMax;
    const std::uint32_t keep = at_the_end ? kChunkMax : kChunkMax / 2;
    Chunk* right = Chunk::Resize(nullptr, at_the_end ? kChunkFirst : kChunkMax / 2 + kChunkFirst);
    chunks_.insert(chunks_.begin() + position.chunk + 1, right);
    Chunk*& left = chunks_[position.chunk];
    right->count = left->count - keep;
    std::memcpy(right->items, left->items + keep, right->count * sizeof(Inode*));
    left->count = keep;
    if (!at_the_end) left = Chunk::Resize(left, keep + kChunkFirst);
    if (position.index > keep || at_the_end) {
      ++position.chunk;
      position.index -= keep;
    }
  }
  Chunk*& chunk = chunks_[position.chunk];
  if (chunk->count == chunk->capacity) {
    chunk = Chunk::Resize(chunk, std::min(kChunkMax, chunk->capacity + chunk->capacity / 2));
  }
  std::memmove(chunk->items + position.index + 1, chunk->items + position.index,
               (chunk->count - position.index) * sizeof(Inode*));
  chunk->items[position.index] = inode;
  ++chunk->count;
  ++size_;
}

void ChildSet::Erase(const Inode* inode) {
  const Position position = LowerBound(inode->name());
  MRD_CHECK(At(position) == inode);
  Chunk*& chunk = chunks_[position.chunk];
  std::memmove(chunk->items + position.index, chunk->items + position.index + 1,
               (chunk->count - position.index - 1) * sizeof(Inode*));
  --chunk->count;
  --size_;
  if (chunk->count == 0) {
    std::free(chunk);
    chunks_.erase(chunks_.begin() + position.chunk);
    if (chunks_.empty()) chunks_.shrink_to_fit();
    return;
  }
  // Two sparse neighbours become one, so that a directory that shrank stays compact.
  if (position.chunk + 1 < chunks_.size() && chunk->count + chunks_[position.chunk + 1]->count <= kChunkMax / 2) {
    Chunk* right = chunks_[position.chunk + 1];
    if (chunk->capacity < chunk->count + right->count) chunk = Chunk::Resize(chunk, chunk->count + right->count);
    std::memcpy(chunk->items + chunk->count, right->items, right->count * sizeof(Inode*));
    chunk->count += right->count;
    std::free(right);
    chunks_.erase(chunks_.begin() + position.chunk + 1);
  } else if (chunk->capacity > 2 * kChunkFirst && chunk->count < chunk->capacity / 4) {
    chunk = Chunk::Resize(chunk, chunk->capacity / 2);
  }
}

void ChildSet::Replace(const Inode* old_inode, Inode* new_inode) {
  const Position position = LowerBound(old_inode->name());
  MRD_CHECK(At(position) == old_inode);
  chunks_[position.chunk]->items[position.index] = new_inode;
}

void ChildSet::Clear() {
  for (Chunk* chunk : chunks_) std::free(chunk);
  chunks_.clear();
  chunks_.shrink_to_fit();
  size_ = 0;
}

ChildSet::Position ChildSet::After(std::string_view name) const {
  const Position position = LowerBound(name);
  const Inode* inode = At(position);
  return inode && inode->name() == name ? Next(position) : position;
}

Inode* ChildSet::At(Position position) const {
  if (position.chunk >= chunks_.size()) return nullptr;
  if (position.index < chunks_[position.chunk]->count) return chunks_[position.chunk]->items[position.index];
  // LowerBound() may stand behind a chunk's last entry: that is the next chunk's first.
  return position.chunk + 1 < chunks_.size() ? chunks_[position.chunk + 1]->items[0] : nullptr;
}

ChildSet::Position ChildSet::Next(Position position) const {
  if (position.chunk >= chunks_.size()) return position;
  if (position.index >= chunks_[position.chunk]->count) return {position.chunk + 1, 1};
  return {position.chunk, position.index + 1};
}

Inode* ChildSet::Last() const { return chunks_.back()->items[chunks_.back()->count - 1]; }

std::size_t ChildSet::Rank(Position position) const {
  std::size_t rank = 0;
  for (std::size_t i = 0; i < position.chunk && i < chunks_.size(); ++i) rank += chunks_[i]->count;
  return std::min<std::size_t>(rank + position.index, size_);
}

}  // namespace mrd::namenode
