#include "namenode/tree/tree.h"

#include <algorithm>
#include <new>

#include "common/base/check.h"
#include "namenode/tree/inode_record.h"
#include "namenode/tree/keys.h"

namespace mrd::namenode {
namespace {

std::size_t FileBytes(std::size_t name_length) { return std::max(sizeof(File), kFileNameOffset + name_length); }

// Stamps have 48 bits here. Nobody hands out larger ones, but a client may send one: it must not cost more than the
// client's own file.
dfs::Block Stored(dfs::Block block) {
  block.stamp.value = std::clamp<std::int64_t>(block.stamp.value, 0, static_cast<std::int64_t>(kIdMax));
  return block;
}

char* FileName(File* file) { return reinterpret_cast<char*>(file) + kFileNameOffset; }

}  // namespace

// ---- Blocks of a file --------------------------------------------------------------------------------------------

std::size_t BlockCount(const File& file) {
  return file.form() == BlockForm::kMany ? file.many->blocks.size() : static_cast<std::size_t>(file.form());
}

dfs::Block BlockAt(const File& file, std::size_t index) {
  MRD_CHECK(index < BlockCount(file));
  if (file.form() == BlockForm::kMany) return file.many->blocks[index];
  return {{file.block_id}, {static_cast<std::int64_t>(file.stamp.value())}, file.length_of_one.value()};
}

void AssignBlocks(File& file, const dfs::Block* blocks, std::size_t count) {
  // The new list first: `blocks` may be a part of the old one.
  const dfs::Block one = count == 1 ? Stored(blocks[0]) : dfs::Block{};
  BlockList* many = nullptr;
  if (count > 1 || one.length > kIdMax) {
    many = new BlockList{std::vector<dfs::Block>(blocks, blocks + count)};
    for (dfs::Block& block : many->blocks) {
      block = Stored(block);
      many->length += block.length;
    }
  }
  if (file.form() == BlockForm::kMany) delete file.many;
  file.block_id = 0;
  file.length_of_one.Set(0);
  file.stamp.Set(0);
  if (many != nullptr) {
    file.block_form = static_cast<std::uint64_t>(BlockForm::kMany);
    file.many = many;
  } else if (count == 1) {
    file.block_form = static_cast<std::uint64_t>(BlockForm::kOne);
    file.block_id = one.id.value;
    file.stamp.Set(static_cast<std::uint64_t>(one.stamp.value));
    file.length_of_one.Set(one.length);
  } else {
    file.block_form = static_cast<std::uint64_t>(BlockForm::kNone);
  }
}

void AppendBlock(File& file, const dfs::Block& block) {
  if (file.form() == BlockForm::kMany) {
    file.many->blocks.push_back(Stored(block));
    file.many->length += block.length;
    return;
  }
  const dfs::Block pair[2] = {file.form() == BlockForm::kOne ? BlockAt(file, 0) : block, block};
  AssignBlocks(file, pair, file.form() == BlockForm::kOne ? 2 : 1);
}

void ReplaceBlock(File& file, std::size_t index, const dfs::Block& block) {
  MRD_CHECK(index < BlockCount(file));
  if (file.form() == BlockForm::kOne) {
    AssignBlocks(file, &block, 1);
    return;
  }
  file.many->length += block.length - file.many->blocks[index].length;
  file.many->blocks[index] = Stored(block);
}

void TruncateBlocks(File& file, std::size_t count) {
  if (count >= BlockCount(file)) return;
  if (count < 2) {
    const dfs::Block first = BlockAt(file, 0);
    AssignBlocks(file, &first, count);
    return;
  }
  for (std::size_t i = count; i < file.many->blocks.size(); ++i) file.many->length -= file.many->blocks[i].length;
  file.many->blocks.resize(count);
}

// ---- Making and freeing ------------------------------------------------------------------------------------------

Tree::~Tree() {
  index_.ForEach([this](Inode* inode) { FreeMemory(inode); });
}

Inode* Tree::Find(dfs::InodeId id) const {
  Inode* inode = Lookup(id);
  if (inode == nullptr || detached_.empty()) return inode;
  const Inode* top = inode;
  while (top->parent != nullptr) top = top->parent;
  return top == root_ ? inode : nullptr;
}

dfs::InodeId Tree::TakeInodeId(MutationSink& sink) {
  const std::uint64_t id = Counter(kNextInodeCounter, static_cast<std::uint64_t>(dfs::kRootInodeId.value) + 1);
  MRD_CHECK(id < kIdMax);
  SetCounter(kNextInodeCounter, id + 1, sink);
  return {static_cast<std::int64_t>(id)};
}

File* Tree::NewFile(dfs::InodeId id, std::string_view name) {
  MRD_CHECK(name.size() <= kNameBytesMax);
  auto* file = new (pool_.Allocate(FileBytes(name.size()))) File{};
  file->id = static_cast<std::uint64_t>(id.value);
  file->name_length = name.size();
  std::memcpy(FileName(file), name.data(), name.size());
  // The tables' first entries are the empty ones, to which new inodes point.
  if (block_sizes_.empty()) SetBlockSize(*file, 0);
  if (ownerships_.empty()) SetOwnership(*file, "", "");
  index_.Insert(id.value, file);
  return file;
}

Directory* Tree::NewDirectory(dfs::InodeId id, std::string_view name) {
  MRD_CHECK(name.size() <= kNameBytesMax);
  auto* directory = new (pool_.Allocate(sizeof(Directory))) Directory{};
  directory->id = static_cast<std::uint64_t>(id.value);
  directory->is_directory = 1;
  directory->name_length = name.size();
  if (!name.empty()) {
    directory->name_bytes = static_cast<char*>(pool_.Allocate(name.size()));
    std::memcpy(directory->name_bytes, name.data(), name.size());
  }
  if (ownerships_.empty()) SetOwnership(*directory, "", "");
  index_.Insert(id.value, directory);
  return directory;
}

Directory* Tree::MakeRoot() {
  MRD_CHECK(root_ == nullptr && index_.size() == 0);
  root_ = NewDirectory(dfs::kRootInodeId, "");
  root_->linked = 1;
  return root_;
}

void Tree::FreeMemory(Inode* inode) {
  if (Directory* directory = AsDirectory(inode)) {
    if (directory->name_bytes != nullptr) pool_.Free(directory->name_bytes, directory->name_length);
    delete directory->quota;
    directory->~Directory();
    pool_.Free(directory, sizeof(Directory));
    return;
  }
  File* file = AsFile(inode);
  const std::size_t bytes = FileBytes(file->name_length);
  if (file->form() == BlockForm::kMany) delete file->many;
  pool_.Free(file, bytes);
}

void Tree::Free(Inode* inode) {
  if (File* file = AsFile(inode)) ClearWriter(*file);
  index_.Erase(inode->inode_id().value);
  FreeMemory(inode);
}

// ---- Hanging together --------------------------------------------------------------------------------------------

Usage Tree::UsageOfFile(const File& file, std::uint64_t block_size) {
  std::uint64_t charged = file.total_length();
  if (file.last_open && file.form() != BlockForm::kNone) {
    charged += block_size - BlockAt(file, BlockCount(file) - 1).length;
  }
  return {0, 1, file.total_length(), charged * file.replication};
}

void Tree::AddUsage(Directory* from, const Usage& delta) {
  for (Directory* directory = from; directory != nullptr; directory = directory->parent) directory->below += delta;
}

void Tree::Link(Directory* parent, Inode* child) {
  MRD_CHECK(parent->children.Insert(child));
  child->parent = parent;
  child->linked = 1;
  const File* file = AsFile(child);
  AddUsage(parent, file ? UsageOfFile(*file, BlockSize(*file)) : AsDirectory(child)->WithSelf());
}

void Tree::Unlink(Inode* child) {
  Directory* parent = child->parent;
  parent->children.Erase(child);
  child->parent = nullptr;
  child->linked = 0;
  const File* file = AsFile(child);
  AddUsage(parent, Usage{} - (file ? UsageOfFile(*file, BlockSize(*file)) : AsDirectory(child)->WithSelf()));
}

Inode* Tree::Rename(Inode* unlinked, std::string_view name) {
  MRD_CHECK(!unlinked->linked && name.size() <= kNameBytesMax);
  if (Directory* directory = AsDirectory(unlinked)) {
    auto* bytes = static_cast<char*>(pool_.Allocate(name.size()));
    std::memcpy(bytes, name.data(), name.size());
    if (directory->name_bytes != nullptr) pool_.Free(directory->name_bytes, directory->name_length);
    directory->name_bytes = bytes;
    directory->name_length = name.size();
    return directory;
  }
  File* file = AsFile(unlinked);
  const std::size_t old_bytes = FileBytes(file->name_length);
  if (!NodePool::SamePiece(old_bytes, FileBytes(name.size()))) {
    auto* moved = new (pool_.Allocate(FileBytes(name.size()))) File(*file);
    index_.Replace(file->inode_id().value, moved);
    pool_.Free(file, old_bytes);
    file = moved;
  }
  file->name_length = name.size();
  std::memcpy(FileName(file), name.data(), name.size());
  return file;
}

// ---- Attributes --------------------------------------------------------------------------------------------------

void Tree::SetOwnership(Inode& inode, std::string_view owner, std::string_view group) {
  if (!ownerships_.empty()) {
    if (Owner(inode) == owner && Group(inode) == group) return;
    // Often there is but one, which needs no search.
    if (ownerships_.back().owner == owner && ownerships_.back().group == group) {
      inode.ownership = static_cast<std::uint32_t>(ownerships_.size() - 1);
      return;
    }
  }
  std::string key(owner);
  key.append("\n").append(group);
  const auto [at, fresh] = ownership_index_.try_emplace(std::move(key), static_cast<std::uint32_t>(ownerships_.size()));
  if (fresh) ownerships_.push_back({std::string(owner), std::string(group)});
  inode.ownership = at->second;
}

void Tree::SetBlockSize(File& file, std::uint64_t block_size) {
  if (!block_sizes_.empty() && block_sizes_.back() == block_size) {
    file.block_size_index = static_cast<std::uint32_t>(block_sizes_.size() - 1);
    return;
  }
  const auto [at, fresh] = block_size_index_.try_emplace(block_size, static_cast<std::uint32_t>(block_sizes_.size()));
  if (fresh) block_sizes_.push_back(block_size);
  file.block_size_index = at->second;
}

const Writer& Tree::WriterOf(const File& file) const {
  const auto at = writers_.find(file.inode_id());
  MRD_CHECK(at != writers_.end());
  return at->second;
}

void Tree::SetWriter(File& file, std::string_view client_name, std::string_view client_machine) {
  ClearWriter(file);
  file.is_open = 1;
  Writer writer{std::string(client_name), std::string(client_machine)};
  ++open_files_of_[writer.client_name];
  writers_.emplace(file.inode_id(), std::move(writer));
}

void Tree::ClearWriter(File& file) {
  if (!file.is_open) return;
  file.is_open = 0;
  const auto at = writers_.find(file.inode_id());
  MRD_CHECK(at != writers_.end());
  const auto count = open_files_of_.find(at->second.client_name);
  if (--count->second == 0) open_files_of_.erase(count);
  writers_.erase(at);
}

std::size_t Tree::OpenFilesOf(std::string_view client_name) const {
  const auto at = open_files_of_.find(std::string(client_name));
  return at == open_files_of_.end() ? 0 : at->second;
}

// ---- Durable side ------------------------------------------------------------------------------------------------

void Tree::Emit(const Inode& inode, MutationSink& sink) const {
  InodeRecord record;
  record.directory = inode.is_directory;
  record.parent = inode.parent ? inode.parent->id : 0;
  record.name = inode.name();
  record.mode = static_cast<std::uint16_t>(inode.mode);
  record.owner = Owner(inode);
  record.group = Group(inode);
  record.modified_ms = inode.modified_ms;
  record.accessed_ms = inode.accessed_ms;
  if (const Directory* directory = AsDirectory(&inode)) {
    if (directory->quota) record.quota = *directory->quota;
  } else {
    const File& file = *AsFile(&inode);
    const std::size_t count = BlockCount(file);
    record.replication = static_cast<std::uint32_t>(file.replication);
    record.block_size = BlockSize(file);
    record.open = file.is_open;
    if (file.is_open) {
      const Writer& writer = WriterOf(file);
      record.client_name = writer.client_name;
      record.client_machine = writer.client_machine;
    }
    record.last_open = file.last_open && count <= kBlocksPerPart;
    for (std::size_t i = 0; i < std::min(count, kBlocksPerPart); ++i) record.blocks.push_back(BlockAt(file, i));
  }
  sink.Put(InodeKey(inode.inode_id()), EncodeInode(record));
}

void Tree::EmitBlocks(const File& file, std::size_t first, std::size_t count_before, MutationSink& sink) const {
  const std::size_t count = BlockCount(file);
  const auto parts = [](std::size_t blocks) { return (blocks + kBlocksPerPart - 1) / kBlocksPerPart; };
  // Erasures first: a full part that is put while parts after it exist says nothing about the end of the list.
  for (std::size_t gone = std::max<std::size_t>(parts(count), 1); gone < parts(count_before); ++gone) {
    sink.Erase(BlockChunkKey(file.inode_id(), static_cast<std::uint32_t>(gone)));
  }
  std::size_t part = first / kBlocksPerPart;
  if (part == 0) {
    Emit(file, sink);
    part = 1;
  }
  for (; part < parts(count); ++part) {
    BlockPart record;
    record.last_open = file.last_open && part + 1 == parts(count);
    for (std::size_t i = part * kBlocksPerPart; i < std::min(count, (part + 1) * kBlocksPerPart); ++i) {
      record.blocks.push_back(BlockAt(file, i));
    }
    sink.Put(BlockChunkKey(file.inode_id(), static_cast<std::uint32_t>(part)), EncodeBlockPart(record));
  }
}

void Tree::EmitErase(const Inode& inode, MutationSink& sink) {
  if (const File* file = AsFile(&inode)) {
    const std::size_t parts = (BlockCount(*file) + kBlocksPerPart - 1) / kBlocksPerPart;
    for (std::size_t part = 1; part < parts; ++part) {
      sink.Erase(BlockChunkKey(inode.inode_id(), static_cast<std::uint32_t>(part)));
    }
  }
  sink.Erase(InodeKey(inode.inode_id()));
}

std::uint64_t Tree::Counter(std::string_view name, std::uint64_t initial) const {
  const auto at = counters_.find(name);
  return at == counters_.end() ? initial : at->second;
}

void Tree::SetCounter(std::string_view name, std::uint64_t value, MutationSink& sink) {
  const auto at = counters_.find(name);
  if (at == counters_.end()) {
    counters_.emplace(name, value);
  } else {
    at->second = value;
  }
  sink.Put(CounterKey(name), CounterValue(value));
}

}  // namespace mrd::namenode
