#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/edits.h"
#include "namenode/id_table.h"
#include "namenode/tree/inode.h"
#include "namenode/tree/node_pool.h"
#include "namenode/tree/permission.h"

namespace mrd::namenode {

// Who writes an open file.
struct Writer {
  std::string client_name;
  std::string client_machine;
  friend bool operator==(const Writer&, const Writer&) = default;
};

// The inodes and how they hang together: makes, links and frees them, keeps the usage of every directory, and turns
// inodes into mutations. Knows no rules: Namespace decides, this carries out. Whoever changes a field of a linked inode
// calls Emit() for it; who changes a file's blocks, replication or open state uses ContentChange.
class Tree {
 public:
  Tree() = default;
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  // Null before Format() or Finish().
  Directory* root() const { return root_; }
  // Inodes that hang in the tree; null for unlinked ones.
  Inode* Find(dfs::InodeId id) const;

  // ---- Making and freeing --------------------------------------------------------------------------------------
  // The next id; its counter goes to the sink.
  dfs::InodeId TakeInodeId(MutationSink& sink);
  // Not linked, in the index. REQUIRES: name.size() <= kNameBytesMax; the id is new.
  File* NewFile(dfs::InodeId id, std::string_view name);
  Directory* NewDirectory(dfs::InodeId id, std::string_view name);
  Directory* MakeRoot();
  // Takes an unlinked inode without children out of the index and frees it.
  void Free(Inode* inode);

  // ---- Hanging together ----------------------------------------------------------------------------------------
  // Both keep the usage of all directories above. REQUIRES for Link: the name is free.
  void Link(Directory* parent, Inode* child);
  void Unlink(Inode* child);
  // Changes the name of an unlinked inode. A file may move in memory: the old pointer is then dead.
  Inode* Rename(Inode* unlinked, std::string_view name);

  // Unlinked subtrees that wait to be collected.
  void AddDetached(Directory* top) { detached_.push_back(top); }
  std::vector<Directory*>& detached() { return detached_; }
  const std::vector<Directory*>& detached() const { return detached_; }

  static Usage UsageOf(const Inode& inode);
  static Usage UsageOfFile(const File& file, std::uint64_t block_size);
  static void AddUsage(Directory* from, const Usage& delta);

  // ---- Attributes ----------------------------------------------------------------------------------------------
  std::string_view Owner(const Inode& inode) const { return ownerships_[inode.ownership].owner; }
  std::string_view Group(const Inode& inode) const { return ownerships_[inode.ownership].group; }
  InodeAttributes AttributesOf(const Inode& inode) const {
    return {Owner(inode), Group(inode), static_cast<std::uint16_t>(inode.mode), inode.is_directory != 0};
  }
  void SetOwnership(Inode& inode, std::string_view owner, std::string_view group);
  std::uint64_t BlockSize(const File& file) const { return block_sizes_[file.block_size_index]; }
  void SetBlockSize(File& file, std::uint64_t block_size);
  // REQUIRES: file.is_open.
  const Writer& WriterOf(const File& file) const;
  const std::map<dfs::InodeId, Writer>& writers() const { return writers_; }
  void SetWriter(File& file, std::string_view client_name, std::string_view client_machine);
  void ClearWriter(File& file);
  // How many files a client has open.
  std::size_t OpenFilesOf(std::string_view client_name) const;

  // ---- Durable side --------------------------------------------------------------------------------------------
  // The inode with the first part of its blocks.
  void Emit(const Inode& inode, MutationSink& sink) const;
  // The parts of a file's blocks from the one of block `first` on, and erasures for parts that `count_before` blocks
  // had and that are gone. Part 0 is the inode itself.
  void EmitBlocks(const File& file, std::size_t first, std::size_t count_before, MutationSink& sink) const;
  // All keys of an inode that goes away.
  static void EmitErase(const Inode& inode, MutationSink& sink);

  std::uint64_t Counter(std::string_view name, std::uint64_t initial) const;
  void SetCounter(std::string_view name, std::uint64_t value, MutationSink& sink);
  const std::map<std::string, std::uint64_t, std::less<>>& counters() const { return counters_; }

  // ---- Loading (tree_load.cc) ----------------------------------------------------------------------------------
  Status LoadCounter(std::string_view name, std::string_view value);
  Status LoadInode(dfs::InodeId id, std::string_view value);
  Status LoadBlockPart(dfs::InodeId id, std::uint32_t part, std::string_view value);
  void EraseLoaded(dfs::InodeId id);
  Status EraseLoadedPart(dfs::InodeId id, std::uint32_t part);
  void EraseLoadedCounter(std::string_view name);
  Status Finish();
  bool loading() const { return root_ == nullptr; }

  std::size_t inodes() const { return index_.size(); }
  template <typename Visit>
  void ForEachInode(Visit visit) const {
    index_.ForEach(visit);
  }

 private:
  struct Ownership {
    std::string owner;
    std::string group;
  };

  // Linked or not; null when there is none.
  Inode* Lookup(dfs::InodeId id) const {
    Inode* const* const found = index_.Find(id.value);
    return found == nullptr ? nullptr : *found;
  }
  void FreeMemory(Inode* inode);
  Status LinkLoaded(Inode* inode);
  // Counts inodes below the top and fills in `below` on the way; stops beyond `max`, where there must be a cycle.
  static std::size_t CountAndFill(Directory* top, std::size_t max, const std::vector<std::uint64_t>& block_sizes);

  Directory* root_ = nullptr;
  NodePool pool_;
  IdTable<Inode*> index_;
  std::vector<Directory*> detached_;

  // Tables of values that inodes share; they only grow until the next start.
  std::vector<Ownership> ownerships_;
  std::unordered_map<std::string, std::uint32_t> ownership_index_;  // by owner + '\n' + group
  std::vector<std::uint64_t> block_sizes_;
  std::unordered_map<std::uint64_t, std::uint32_t> block_size_index_;

  std::map<dfs::InodeId, Writer> writers_;
  std::unordered_map<std::string, std::size_t> open_files_of_;
  std::map<std::string, std::uint64_t, std::less<>> counters_;
  dfs::InodeId newest_loaded_{0};     // the largest id that was ever loaded
  Directory* last_parent_ = nullptr;  // of the inode linked last, while linking
};

// Keeps usage right around a change of one file's blocks, replication or open state: made before it, ended after it.
// The file may be linked or not.
class ContentChange {
 public:
  ContentChange(const Tree& tree, File& file)
      : tree_(tree), file_(file), before_(Tree::UsageOfFile(file, tree.BlockSize(file))) {}
  ~ContentChange() {
    if (file_.linked) Tree::AddUsage(file_.parent, Tree::UsageOfFile(file_, tree_.BlockSize(file_)) - before_);
  }
  ContentChange(const ContentChange&) = delete;
  ContentChange& operator=(const ContentChange&) = delete;

 private:
  const Tree& tree_;
  File& file_;
  const Usage before_;
};

}  // namespace mrd::namenode
