#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace mrd::namenode {

// A set of block slots (BlockMap), kept in chunks of 65,536: a sorted list of 16-bit numbers while a chunk is sparse, a
// bitmap of 8 KiB once it is dense. A full set costs an eighth of a byte per block, a sparse one two bytes.
class SlotSet {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // True when it was not there.
  bool Insert(std::uint32_t slot);
  // True when it was there.
  bool Erase(std::uint32_t slot);
  bool Contains(std::uint32_t slot) const;
  // The smallest member that is at least `from`, or kNone. Members may be added and erased between two calls.
  std::uint32_t Next(std::uint32_t from) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void Clear();
  std::size_t MemoryBytes() const;

 private:
  static constexpr std::size_t kListMax = 4096;  // then the bitmap is smaller
  using Bitmap = std::array<std::uint64_t, 1024>;
  struct Chunk {
    std::vector<std::uint16_t> list;  // sorted; empty when there is a bitmap
    std::unique_ptr<Bitmap> bitmap;
    std::uint32_t count = 0;
  };
  static void ToBitmap(Chunk& chunk);
  static std::uint32_t NextIn(const Chunk& chunk, std::uint32_t low);

  std::vector<Chunk> chunks_;
  std::size_t size_ = 0;
};

}  // namespace mrd::namenode
