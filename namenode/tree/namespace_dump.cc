#include <algorithm>
#include <vector>

#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

std::string UsageText(const Usage& usage) {
  return std::to_string(usage.directories) + "/" + std::to_string(usage.files) + "/" + std::to_string(usage.length) + "/" +
         std::to_string(usage.space);
}

Status Wrong(const Inode& inode, const std::string& what) {
  return Internal("inode " + std::to_string(inode.id) + " " + PathOfInode(inode) + ": " + what);
}

// Recounts one directory's entries from their own figures.
Status CheckDirectory(const Tree& tree, const Directory& directory) {
  Usage sum;
  std::size_t count = 0;
  const Inode* before = nullptr;
  for (auto at = directory.children.Begin(); const Inode* child = directory.children.At(at);
       at = directory.children.Next(at)) {
    if (child->parent != &directory || !child->linked) return Wrong(*child, "its parent does not know it");
    if (before != nullptr && !(before->name() < child->name())) return Wrong(*child, "out of order");
    if (directory.children.Rank(at) != count) return Wrong(*child, "wrong rank");
    const File* file = AsFile(child);
    sum += file ? Tree::UsageOfFile(*file, tree.BlockSize(*file)) : AsDirectory(child)->WithSelf();
    before = child;
    ++count;
  }
  if (count != directory.children.size()) return Wrong(directory, "wrong number of entries");
  if (!(sum == directory.below)) {
    return Wrong(directory, "usage is " + UsageText(directory.below) + " and its entries have " + UsageText(sum));
  }
  return {};
}

Status CheckFile(const Tree& tree, const File& file) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < BlockCount(file); ++i) length += BlockAt(file, i).length;
  if (length != file.total_length()) return Wrong(file, "wrong length");
  if ((file.is_open != 0) != tree.writers().contains(file.inode_id())) {
    return Wrong(file, "open without a writer, or closed with one");
  }
  if (file.last_open && !file.is_open) return Wrong(file, "a closed file has an open block");
  return {};
}

}  // namespace

std::string Namespace::Dump() const {
  std::vector<const Inode*> inodes;
  tree_->ForEachInode([&](const Inode* inode) { inodes.push_back(inode); });
  std::sort(inodes.begin(), inodes.end(), [](const Inode* a, const Inode* b) { return a->id < b->id; });
  std::string out;
  for (const Inode* inode : inodes) {
    out += std::to_string(inode->id) + " in " + std::to_string(inode->parent ? inode->parent->id : 0) + " " +
           ModeString(static_cast<std::uint16_t>(inode->mode)) + " ";
    out.append(tree_->Owner(*inode)).append(":").append(tree_->Group(*inode));
    out += " m" + std::to_string(inode->modified_ms) + " a" + std::to_string(inode->accessed_ms);
    if (const Directory* directory = AsDirectory(inode)) {
      out += " usage " + UsageText(directory->below) + " entries " + std::to_string(directory->children.size());
      if (directory->quota) {
        out += " quota " + std::to_string(directory->quota->names) + "/" + std::to_string(directory->quota->space);
      }
    } else {
      const File& file = *AsFile(inode);
      out += " x" + std::to_string(file.replication) + " of " + std::to_string(tree_->BlockSize(file));
      for (std::size_t i = 0; i < BlockCount(file); ++i) {
        out += " " + dfs::ToString(BlockAt(file, i)) + "=" + std::to_string(BlockAt(file, i).length);
      }
      if (file.last_open) out += " open";
      if (file.is_open) {
        out += " by " + tree_->WriterOf(file).client_name + " on " + tree_->WriterOf(file).client_machine;
      }
    }
    out.append(" name ").append(inode->name()).append("\n");
  }
  for (const auto& [name, value] : tree_->counters()) out += name + " = " + std::to_string(value) + "\n";
  return out;
}

Status Namespace::CheckInvariants() const {
  Status status;
  std::size_t open = 0;
  tree_->ForEachInode([&](const Inode* inode) {
    if (!status.ok()) return;
    if (const Directory* directory = AsDirectory(inode)) {
      status = CheckDirectory(*tree_, *directory);
    } else {
      status = CheckFile(*tree_, *AsFile(inode));
      open += inode->is_open;
    }
  });
  MRD_RETURN_IF_ERROR(std::move(status));
  if (open != tree_->writers().size()) return Internal("there are more writers than open files");
  std::size_t hanging = inode_count();
  for (const Directory* top : tree_->detached()) hanging += top->WithSelf().inodes();
  if (hanging != tree_->inodes()) return Internal("inodes hang nowhere");
  return {};
}

}  // namespace mrd::namenode
