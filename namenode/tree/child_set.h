#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mrd::namenode {

struct Inode;

// The entries of one directory, ordered by the unsigned bytes of their names: pointers in sorted chunks of at most 256,
// so that a directory of a million entries neither moves megabytes for one insertion nor spends a tree node per entry.
// Names that arrive in order fill the chunks completely. Owns no inode; a name must not change while its inode is in
// here.
class ChildSet {
 public:
  ChildSet() = default;
  ~ChildSet() { Clear(); }
  ChildSet(const ChildSet&) = delete;
  ChildSet& operator=(const ChildSet&) = delete;

  // A place between entries. Valid until the next change.
  struct Position {
    std::uint32_t chunk = 0;
    std::uint32_t index = 0;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Inode* Find(std::string_view name) const;
  // False, changing nothing, when the name is taken.
  bool Insert(Inode* inode);
  // REQUIRES: it is in here.
  void Erase(const Inode* inode);
  // Puts another inode of the same name in the place of one.
  void Replace(const Inode* old_inode, Inode* new_inode);
  void Clear();

  Position Begin() const { return {}; }
  // The first entry whose name is greater.
  Position After(std::string_view name) const;
  // nullptr at the end.
  Inode* At(Position position) const;
  Position Next(Position position) const;
  // REQUIRES: !empty().
  Inode* Last() const;
  // How many entries stand before the position.
  std::size_t Rank(Position position) const;

 private:
  struct Chunk;
  Position LowerBound(std::string_view name) const;
  void InsertAt(Position position, Inode* inode);

  std::vector<Chunk*> chunks_;  // none is empty
  std::uint32_t size_ = 0;
};

}  // namespace mrd::namenode
