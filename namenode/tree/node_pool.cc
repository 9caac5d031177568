#include "namenode/tree/node_pool.h"

#include <new>

#include "common/base/check.h"

namespace mrd::namenode {

namespace {
constexpr std::size_t kSlabBytes = 256 * 1024;
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSeparate = true;
#else
constexpr bool kSeparate = false;
#endif
}  // namespace

NodePool::~NodePool() = default;

void* NodePool::Allocate(std::size_t bytes) {
  MRD_CHECK(bytes > 0 && bytes <= kPieceMax);
  const std::size_t index = (bytes + 7) / 8;
  if constexpr (kSeparate) return ::operator new(index * 8);
  if (FreePiece* piece = free_[index]) {
    free_[index] = piece->next;
    return piece;
  }
  if (static_cast<std::size_t>(end_ - next_) < index * 8) {
    // The rest of the old slab serves smaller pieces.
    if (next_ != end_) Free(next_, static_cast<std::size_t>(end_ - next_));
    slabs_.push_back(std::unique_ptr<std::byte[]>(new std::byte[kSlabBytes]));
    next_ = slabs_.back().get();
    end_ = next_ + kSlabBytes;
  }
  void* piece = next_;
  next_ += index * 8;
  return piece;
}

void NodePool::Free(void* piece, std::size_t bytes) {
  if constexpr (kSeparate) {
    ::operator delete(piece);
    return;
  }
  const std::size_t index = (bytes + 7) / 8;
  free_[index] = new (piece) FreePiece{free_[index]};
}

}  // namespace mrd::namenode
