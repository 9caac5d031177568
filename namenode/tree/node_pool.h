#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace mrd::namenode {

// Memory of inodes: pieces of a multiple of eight bytes cut from large slabs, without a header per piece; freed pieces
// are used again for the same size. All of it goes back when the pool ends. Under the address sanitizer each piece is
// an allocation of its own, so that misuse is seen.
class NodePool {
 public:
  static constexpr std::size_t kPieceMax = 512;

  NodePool() = default;
  ~NodePool();
  NodePool(const NodePool&) = delete;
  NodePool& operator=(const NodePool&) = delete;

  // Aligned to eight bytes. REQUIRES: 0 < bytes <= kPieceMax.
  void* Allocate(std::size_t bytes);
  // `bytes` as it was asked for.
  void Free(void* piece, std::size_t bytes);
  // Whether both sizes take a piece of the same size.
  static bool SamePiece(std::size_t a, std::size_t b) { return (a + 7) / 8 == (b + 7) / 8; }

 private:
  struct FreePiece {
    FreePiece* next;
  };
  std::array<FreePiece*, kPieceMax / 8 + 1> free_{};
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::byte* next_ = nullptr;  // rest of the last slab
  std::byte* end_ = nullptr;
};

}  // namespace mrd::namenode
