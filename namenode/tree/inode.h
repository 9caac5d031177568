#pragma once

// How inodes lie in memory. There are millions of them, so each field has the width it needs and no more: a file of one
// block costs 60 bytes and its name. Only tree.h and its sources change these.

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "dfs/types.h"
#include "namenode/tree/child_set.h"

namespace mrd::namenode {

struct Directory;

// What a subtree holds. Differences are kept in the same type: arithmetic wraps.
struct Usage {
  std::uint64_t directories = 0;
  std::uint64_t files = 0;
  std::uint64_t length = 0;  // bytes of files
  std::uint64_t space = 0;   // bytes times replication, an open last block as a whole one

  std::uint64_t inodes() const { return directories + files; }
  Usage& operator+=(const Usage& other) {
    directories += other.directories;
    files += other.files;
    length += other.length;
    space += other.space;
    return *this;
  }
  Usage& operator-=(const Usage& other) {
    directories -= other.directories;
    files -= other.files;
    length -= other.length;
    space -= other.space;
    return *this;
  }
  friend Usage operator+(Usage a, const Usage& b) { return a += b; }
  friend Usage operator-(Usage a, const Usage& b) { return a -= b; }
  friend bool operator==(const Usage&, const Usage&) = default;
};

struct Quota {
  std::int64_t names = dfs::kQuotaUnset;
  std::int64_t space = dfs::kQuotaUnset;
  bool set() const { return names != dfs::kQuotaUnset || space != dfs::kQuotaUnset; }
  friend bool operator==(const Quota&, const Quota&) = default;
};

// Widths of packed numbers: ids and stamps are counters that we hand out; times are milliseconds up to the year 6429
// and are clamped to that.
inline constexpr std::int64_t kTimeMax = (std::int64_t{1} << 47) - 1;
inline constexpr std::uint64_t kIdMax = (std::uint64_t{1} << 48) - 1;
inline constexpr std::size_t kNameBytesMax = 255;
inline constexpr std::uint32_t kReplicationMax = 65535;

// How a file's blocks are kept.
enum class BlockForm : std::uint8_t { kNone = 0, kOne = 1, kMany = 2 };

struct Inode {
  union {
    Directory* parent;        // null for the root and for the top of an unlinked subtree
    std::uint64_t parent_id;  // while loading, until Tree::Finish()
  };
  std::uint64_t id : 48;
  std::uint64_t mode : 16;
  std::int64_t modified_ms : 48;
  std::uint64_t replication : 16;  // 0 for directories
  std::int64_t accessed_ms : 48;
  std::uint64_t name_length : 8;
  std::uint64_t is_directory : 1;
  std::uint64_t is_open : 1;       // under construction
  std::uint64_t last_open : 1;     // the last block is charged as a whole one
  std::uint64_t block_form : 2;    // BlockForm
  std::uint64_t linked : 1;        // hangs in the tree; used while loading
  std::uint32_t ownership;         // index of (owner, group)
  std::uint32_t block_size_index;  // index of the block size; files only

  dfs::InodeId inode_id() const { return {static_cast<std::int64_t>(id)}; }
  std::string_view name() const;
};
static_assert(sizeof(Inode) == 40);

// The blocks of a file that has several, or one too long for the short form.
struct BlockList {
  std::vector<dfs::Block> blocks;
  std::uint64_t length = 0;  // of all
};

// A number of 48 bits that needs no alignment.
class Packed48 {
 public:
  std::uint64_t value() const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_, sizeof bytes_);
    return value;
  }
  // REQUIRES: value <= kIdMax.
  void Set(std::uint64_t value) { std::memcpy(bytes_, &value, sizeof bytes_); }

 private:
  unsigned char bytes_[6];  // little-endian
};

// Its name follows at kFileNameOffset, in the same allocation.
struct File : Inode {
  union {
    std::int64_t block_id;  // kOne
    BlockList* many;        // kMany; owned
  };
  Packed48 length_of_one;  // kOne; 0 for kNone
  Packed48 stamp;          // kOne

  BlockForm form() const { return static_cast<BlockForm>(block_form); }
  // Bytes of all blocks.
  std::uint64_t total_length() const { return form() == BlockForm::kMany ? many->length : length_of_one.value(); }
};
inline constexpr std::size_t kFileNameOffset = 60;
static_assert(sizeof(File) == 64);

// Its name has an allocation of its own, so that a directory never moves: its children point to it.
struct Directory : Inode {
  char* name_bytes;
  Quota* quota;  // null: none; owned
  Usage below;   // without the directory itself
  ChildSet children;

  Usage WithSelf() const { return below + Usage{1, 0, 0, 0}; }
};

inline std::string_view Inode::name() const {
  const char* bytes = is_directory ? static_cast<const Directory*>(this)->name_bytes
                                   : reinterpret_cast<const char*>(this) + kFileNameOffset;
  return {bytes, name_length};
}

inline Directory* AsDirectory(Inode* inode) {
  return inode && inode->is_directory ? static_cast<Directory*>(inode) : nullptr;
}
inline const Directory* AsDirectory(const Inode* inode) {
  return inode && inode->is_directory ? static_cast<const Directory*>(inode) : nullptr;
}
inline File* AsFile(Inode* inode) { return inode && !inode->is_directory ? static_cast<File*>(inode) : nullptr; }
inline const File* AsFile(const Inode* inode) {
  return inode && !inode->is_directory ? static_cast<const File*>(inode) : nullptr;
}

// The list of a file's blocks, whatever its form.
std::size_t BlockCount(const File& file);
dfs::Block BlockAt(const File& file, std::size_t index);
void AssignBlocks(File& file, const dfs::Block* blocks, std::size_t count);
void AppendBlock(File& file, const dfs::Block& block);
void ReplaceBlock(File& file, std::size_t index, const dfs::Block& block);
void TruncateBlocks(File& file, std::size_t count);

}  // namespace mrd::namenode
