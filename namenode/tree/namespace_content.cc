#include <algorithm>

#include "common/base/check.h"
#include "dfs/errors.h"
#include "namenode/tree/inode_record.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

// What a whole further block costs, given that the present last block falls back to its length.
Usage CostOfBlock(const File& file, std::uint64_t block_size) {
  Usage delta;
  delta.space = Charge(block_size, file.replication);
  if (file.last_open && file.form() != BlockForm::kNone) {
    delta.space -= (block_size - BlockAt(file, BlockCount(file) - 1).length) * file.replication;
  }
  return delta;
}

}  // namespace

Status Namespace::CheckBlockQuota(FileRef file) const {
  return CheckQuota(file.file_->parent, CostOfBlock(*file.file_, tree_->BlockSize(*file.file_)));
}

Status Namespace::AddBlock(FileRef file, const dfs::Block& block, MutationSink& sink) {
  File& inode = Mutable(file);
  MRD_CHECK(inode.is_open);
  const std::size_t count = BlockCount(inode);
  if (count >= options_.blocks_per_file_max) {
    return dfs::Exception(dfs::java::kIo,
                          "File has reached the limit on maximum number of blocks "
                          "(dfs.namenode.fs-limits.max-blocks-per-file): " +
                              std::to_string(count) + " >= " + std::to_string(options_.blocks_per_file_max));
  }
  MRD_RETURN_IF_ERROR(CheckBlockQuota(file));
  {
    ContentChange change(*tree_, inode);
    AppendBlock(inode, block);
    inode.last_open = 1;
  }
  // From the block before it on: that one is no longer the open last block.
  tree_->EmitBlocks(inode, count == 0 ? 0 : count - 1, count, sink);
  return {};
}

void Namespace::RemoveLastBlock(FileRef file, MutationSink& sink) {
  File& inode = Mutable(file);
  const std::size_t count = BlockCount(inode);
  MRD_CHECK(inode.is_open && count > 0);
  {
    ContentChange change(*tree_, inode);
    TruncateBlocks(inode, count - 1);
    inode.last_open = 0;
  }
  tree_->EmitBlocks(inode, count < 2 ? 0 : count - 2, count, sink);
}

void Namespace::SetBlock(FileRef file, std::size_t index, const dfs::Block& block, bool open, MutationSink& sink) {
  File& inode = Mutable(file);
  const std::size_t count = BlockCount(inode);
  MRD_CHECK(index < count);
  {
    ContentChange change(*tree_, inode);
    ReplaceBlock(inode, index, block);
    if (index + 1 == count) inode.last_open = open;
  }
  tree_->EmitBlocks(inode, index, count, sink);
}

void Namespace::SetBlocks(FileRef file, const std::vector<dfs::Block>& blocks, bool last_open, MutationSink& sink) {
  File& inode = Mutable(file);
  const std::size_t count = BlockCount(inode);
  {
    ContentChange change(*tree_, inode);
    AssignBlocks(inode, blocks.data(), blocks.size());
    inode.last_open = last_open && !blocks.empty();
  }
  tree_->EmitBlocks(inode, 0, count, sink);
}

Status Namespace::OpenForAppend(FileRef file,
                                std::string_view client_name,
                                std::string_view client_machine,
                                bool reopen_last,
                                MutationSink& sink) {
  File& inode = Mutable(file);
  MRD_CHECK(!inode.is_open);
  const std::size_t count = BlockCount(inode);
  const bool open = reopen_last && count > 0;
  if (open) {
    Usage delta;
    const std::uint64_t length = BlockAt(inode, count - 1).length;
    if (length < tree_->BlockSize(inode)) delta.space = Charge(tree_->BlockSize(inode) - length, inode.replication);
    MRD_RETURN_IF_ERROR(CheckQuota(inode.parent, delta));
  }
  {
    ContentChange change(*tree_, inode);
    inode.last_open = open;
  }
  tree_->SetWriter(inode, client_name, client_machine);
  tree_->Emit(inode, sink);
  if (open && count > kBlocksPerPart) tree_->EmitBlocks(inode, count - 1, count, sink);
  return {};
}

void Namespace::SetClient(FileRef file,
                          std::string_view client_name,
                          std::string_view client_machine,
                          MutationSink& sink) {
  File& inode = Mutable(file);
  MRD_CHECK(inode.is_open);
  tree_->SetWriter(inode, client_name, client_machine);
  tree_->Emit(inode, sink);
}

void Namespace::Close(FileRef file, std::int64_t now_ms, MutationSink& sink) {
  File& inode = Mutable(file);
  MRD_CHECK(inode.is_open);
  const std::size_t count = BlockCount(inode);
  const bool was_open = inode.last_open;
  {
    ContentChange change(*tree_, inode);
    inode.last_open = 0;
  }
  tree_->ClearWriter(inode);
  inode.modified_ms = std::clamp(now_ms, -kTimeMax - 1, kTimeMax);
  tree_->Emit(inode, sink);
  if (was_open && count > kBlocksPerPart) tree_->EmitBlocks(inode, count - 1, count, sink);
}

void Namespace::SetModified(FileRef file, std::int64_t now_ms, MutationSink& sink) {
  File& inode = Mutable(file);
  inode.modified_ms = std::clamp(now_ms, -kTimeMax - 1, kTimeMax);
  tree_->Emit(inode, sink);
}

}  // namespace mrd::namenode
