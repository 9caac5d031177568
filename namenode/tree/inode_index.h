#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dfs/types.h"

namespace mrd::namenode {

struct Inode;

// Inodes by id: hash tables of eight bytes per slot, filled to 85 % at most. They are 1,024 small tables, so that
// growing stops nobody for long and memory follows the number of inodes closely. Owns no inode.
class InodeIndex {
 public:
  Inode* Find(dfs::InodeId id) const;
  // REQUIRES: the id is not in here.
  void Insert(Inode* inode);
  // Returns whether it was there.
  bool Erase(dfs::InodeId id);
  // Puts another inode of the same id in the place of one.
  void Replace(dfs::InodeId id, Inode* inode);
  std::size_t size() const { return size_; }

  // In no order that means anything.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Shard& shard : shards_) {
      for (const std::uint64_t slot : shard.slots) {
        if (slot != 0) visit(Pointer(slot));
      }
    }
  }

 private:
  // A slot is a pointer, without the bits that are zero in every one, below a tag: the upper bits of the id's hash. The
  // tag says where in its shard an inode belongs, so that a shard grows without looking at any inode, and spares a look
  // at most inodes that are not meant. User space addresses have 47 bits on the machines we build for; Insert() checks it.
  struct Shard {
    std::vector<std::uint64_t> slots;
    std::uint32_t count = 0;
  };
  static constexpr std::size_t kShards = 1024;
  static constexpr int kAddressBits = 47;
  static constexpr std::uint64_t kAlignment = 8;
  static constexpr int kPointerBits = 44;
  static constexpr int kTagBits = 64 - kPointerBits;
  static constexpr std::uint64_t kPointerMask = (std::uint64_t{1} << kPointerBits) - 1;

  static Inode* Pointer(std::uint64_t slot) { return reinterpret_cast<Inode*>((slot & kPointerMask) * kAlignment); }
  static std::uint64_t SlotOf(const Inode* inode, std::uint64_t hash);
  static std::size_t HomeOf(std::uint64_t slot, std::size_t capacity);
  static void Place(std::vector<std::uint64_t>& slots, std::uint64_t slot);
  static std::size_t FindSlot(const Shard& shard, dfs::InodeId id, std::uint64_t hash);
  static void Resize(Shard& shard, std::size_t capacity);

  std::array<Shard, kShards> shards_;
  std::size_t size_ = 0;
};

}  // namespace mrd::namenode
