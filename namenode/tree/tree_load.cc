// How a tree comes out of the durable map: inodes first lie side by side, each with the id of its parent, since neither
// a scan nor a replay brings parents before children; Finish() hangs them together and counts.

#include <algorithm>

#include "common/base/check.h"
#include "namenode/tree/inode_record.h"
#include "namenode/tree/keys.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

std::string Named(dfs::InodeId id) { return "inode " + std::to_string(id.value); }

}  // namespace

Status Tree::LoadCounter(std::string_view name, std::string_view value) {
  const Result<std::uint64_t> number = ParseCounterValue(value);
  if (!number.ok()) return number.status().WithContext("counter " + std::string(name));
  counters_.insert_or_assign(std::string(name), *number);
  return {};
}

void Tree::EraseLoadedCounter(std::string_view name) {
  const auto at = counters_.find(name);
  if (at != counters_.end()) counters_.erase(at);
}

Status Tree::LoadInode(dfs::InodeId id, std::string_view value) {
  InodeRecord record;
  if (id.value <= 0 || static_cast<std::uint64_t>(id.value) > kIdMax) return Corruption(Named(id) + " has an impossible id");
  if (Status decoded = DecodeInode(value, &record); !decoded.ok()) return std::move(decoded).WithContext(Named(id));
  if (record.name.empty() != (id == dfs::kRootInodeId)) return Corruption(Named(id) + " has a wrong name");
  if (record.name.find('/') != std::string_view::npos) return Corruption(Named(id) + " has a slash in its name");

  // A scan brings ids in order, each once: most are newer than all before.
  Inode* inode = id > newest_loaded_ ? nullptr : Lookup(id);
  newest_loaded_ = std::max(newest_loaded_, id);
  if (inode != nullptr && (inode->is_directory != 0) != record.directory) {
    return Corruption(Named(id) + " turned from a file into a directory or back");
  }
  if (inode == nullptr) {
    if (record.directory) {
      inode = NewDirectory(id, record.name);
    } else {
      inode = NewFile(id, record.name);
    }
  } else if (inode->name() != record.name) {
    inode = Rename(inode, record.name);
  }
  inode->parent_id = record.parent;
  inode->mode = record.mode;
  inode->modified_ms = record.modified_ms;
  inode->accessed_ms = record.accessed_ms;
  SetOwnership(*inode, record.owner, record.group);
  if (Directory* directory = AsDirectory(inode)) {
    delete directory->quota;
    directory->quota = record.quota.set() ? new Quota(record.quota) : nullptr;
    return {};
  }
  File& file = *AsFile(inode);
  file.replication = record.replication;
  SetBlockSize(file, record.block_size);
  if (record.open) {
    SetWriter(file, record.client_name, record.client_machine);
  } else {
    ClearWriter(file);
  }
  // A full first part says nothing of the blocks after it.
  if (record.blocks.size() == kBlocksPerPart && BlockCount(file) > kBlocksPerPart) {
    for (std::size_t i = 0; i < kBlocksPerPart; ++i) ReplaceBlock(file, i, record.blocks[i]);
    return {};
  }
  AssignBlocks(file, record.blocks.data(), record.blocks.size());
  file.last_open = record.last_open;
  return {};
}

Status Tree::LoadBlockPart(dfs::InodeId id, std::uint32_t part, std::string_view value) {
  BlockPart record;
  MRD_RETURN_IF_ERROR(DecodeBlockPart(value, &record).WithContext(Named(id)));
  File* file = AsFile(Lookup(id));
  if (file == nullptr) return Corruption(Named(id) + " has blocks and is no file");
  const std::size_t first = part * kBlocksPerPart;
  if (BlockCount(*file) < first) {
    return Corruption(Named(id) + " lacks blocks before number " + std::to_string(first));
  }
  const bool is_last = record.blocks.size() < kBlocksPerPart || BlockCount(*file) <= first + kBlocksPerPart;
  if (is_last) TruncateBlocks(*file, first);
  for (std::size_t i = 0; i < record.blocks.size(); ++i) {
    if (is_last) {
      AppendBlock(*file, record.blocks[i]);
    } else {
      ReplaceBlock(*file, first + i, record.blocks[i]);
    }
  }
  if (is_last) file->last_open = record.last_open;
  return {};
}

void Tree::EraseLoaded(dfs::InodeId id) {
  // Gone already is fine: a deletion erases parts and inode in one edit.
  if (Inode* inode = Lookup(id)) Free(inode);
}

Status Tree::EraseLoadedPart(dfs::InodeId id, std::uint32_t part) {
  File* file = AsFile(Lookup(id));
  if (file == nullptr) return {};
  if (BlockCount(*file) > part * kBlocksPerPart) {
    TruncateBlocks(*file, part * kBlocksPerPart);
    file->last_open = 0;
  }
  return {};
}

Status Tree::LinkLoaded(Inode* inode) {
  const dfs::InodeId parent_id{static_cast<std::int64_t>(inode->parent_id)};
  inode->parent = nullptr;
  inode->linked = 1;
  if (inode->inode_id() == dfs::kRootInodeId) {
    if (parent_id.value != 0 || !inode->is_directory) return Corruption("the root is no root directory");
    return {};
  }
  if (parent_id.value == 0) {
    Directory* top = AsDirectory(inode);
    if (top == nullptr) return Corruption(Named(inode->inode_id()) + " is a file without a directory");
    top->linked = 0;
    detached_.push_back(top);
    return {};
  }
  // Inodes that were made one after the other often lie in one directory.
  const bool same = last_parent_ != nullptr && last_parent_->inode_id() == parent_id;
  Directory* parent = same ? last_parent_ : AsDirectory(Lookup(parent_id));
  last_parent_ = parent;
  if (parent == nullptr) {
    return Corruption(Named(inode->inode_id()) + " lies in " + Named(parent_id) + ", which is no directory");
  }
  if (!parent->children.Insert(inode)) {
    return Corruption(Named(inode->inode_id()) + " has a name that another inode of " + Named(parent_id) + " has too");
  }
  inode->parent = parent;
  return {};
}

std::size_t Tree::CountAndFill(Directory* top, std::size_t max, const std::vector<std::uint64_t>& block_sizes) {
  struct Step {
    Directory* directory;
    ChildSet::Position next;
  };
  std::vector<Step> stack{{top, top->children.Begin()}};
  std::size_t count = 1;
  top->below = {};
  while (!stack.empty() && count <= max) {
    Directory* directory = stack.back().directory;
    Inode* child = directory->children.At(stack.back().next);
    if (child == nullptr) {
      stack.pop_back();
      if (!stack.empty()) stack.back().directory->below += directory->WithSelf();
      continue;
    }
    stack.back().next = directory->children.Next(stack.back().next);
    ++count;
    if (Directory* sub = AsDirectory(child)) {
      sub->below = {};
      stack.push_back({sub, sub->children.Begin()});
    } else {
      const File& file = *AsFile(child);
      directory->below += UsageOfFile(file, block_sizes[file.block_size_index]);
    }
  }
  return count;
}

Status Tree::Finish() {
  MRD_CHECK(loading());
  Directory* root = AsDirectory(Lookup(dfs::kRootInodeId));
  if (root == nullptr) return Corruption("there is no root directory; the namespace was never formatted or is damaged");
  std::uint64_t largest = 0;
  Status status;
  index_.ForEach([&](Inode* inode) {
    if (!status.ok()) return;
    largest = std::max<std::uint64_t>(largest, inode->id);
    if (const File* file = AsFile(inode); file && file->last_open && !file->is_open) {
      status = Corruption(Named(inode->inode_id()) + " is closed and has an open block");
      return;
    }
    status = LinkLoaded(inode);
  });
  MRD_RETURN_IF_ERROR(std::move(status));
  last_parent_ = nullptr;
  std::size_t reached = CountAndFill(root, index_.size(), block_sizes_);
  for (Directory* top : detached_) reached += CountAndFill(top, index_.size(), block_sizes_);
  if (reached != index_.size()) return Corruption("directories lie in each other: not all inodes hang below the root");
  if (Counter(kNextInodeCounter, static_cast<std::uint64_t>(dfs::kRootInodeId.value) + 1) <= largest) {
    return Corruption("inode " + std::to_string(largest) + " is newer than the counter of inode ids");
  }
  root_ = root;
  return {};
}

}  // namespace mrd::namenode
