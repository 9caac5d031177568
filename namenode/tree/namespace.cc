#include "namenode/tree/namespace.h"

#include <algorithm>

#include "common/base/check.h"
#include "dfs/errors.h"
#include "namenode/tree/keys.h"
#include "namenode/tree/path.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {

// ---- FileRef -----------------------------------------------------------------------------------------------------

dfs::InodeId FileRef::id() const { return file_->inode_id(); }
std::string FileRef::Path() const { return PathOfInode(*file_); }
std::uint32_t FileRef::replication() const { return static_cast<std::uint32_t>(file_->replication); }
std::uint64_t FileRef::block_size() const { return space_->tree_->BlockSize(*file_); }
std::size_t FileRef::block_count() const { return BlockCount(*file_); }
dfs::Block FileRef::block(std::size_t index) const { return BlockAt(*file_, index); }
std::uint64_t FileRef::length() const { return file_->total_length(); }
bool FileRef::under_construction() const { return file_->is_open; }
bool FileRef::last_block_open() const { return file_->last_open; }

std::vector<dfs::Block> FileRef::blocks() const {
  std::vector<dfs::Block> blocks;
  blocks.reserve(block_count());
  for (std::size_t i = 0; i < block_count(); ++i) blocks.push_back(block(i));
  return blocks;
}

const std::string& FileRef::client_name() const {
  static const std::string kNobody;
  return file_->is_open ? space_->tree_->WriterOf(*file_).client_name : kNobody;
}

const std::string& FileRef::client_machine() const {
  static const std::string kNowhere;
  return file_->is_open ? space_->tree_->WriterOf(*file_).client_machine : kNowhere;
}

// ---- Life --------------------------------------------------------------------------------------------------------

Namespace::Namespace(TreeOptions options) : options_(std::move(options)), tree_(std::make_unique<Tree>()) {}
Namespace::~Namespace() = default;

void Namespace::Format(std::int64_t now_ms, MutationSink& sink) {
  Directory* root = tree_->MakeRoot();
  root->mode = 0755;
  root->modified_ms = std::clamp(now_ms, -kTimeMax - 1, kTimeMax);
  // HDFS gives the root a quota of names that nobody reaches, and shows it.
  root->quota = new Quota{INT64_MAX, dfs::kQuotaUnset};
  tree_->SetOwnership(*root, options_.superuser, options_.supergroup);
  tree_->Emit(*root, sink);
  tree_->SetCounter(kNextInodeCounter, static_cast<std::uint64_t>(dfs::kRootInodeId.value) + 1, sink);
}

bool Namespace::OwnsKey(std::string_view key) {
  return !key.empty() && (key[0] == kCounterPrefix || key[0] == kInodePrefix);
}

Status Namespace::Load(std::string_view key, std::string_view value) {
  MRD_CHECK(tree_->loading());
  if (!OwnsKey(key)) return InvalidArgument("a key of another part was given to the namespace");
  if (const auto counter = ParseCounterKey(key)) return tree_->LoadCounter(*counter, value);
  const auto inode = ParseInodeKey(key);
  if (!inode) return Corruption("a key of " + std::to_string(key.size()) + " bytes is no key of an inode");
  return inode->chunk == 0 ? tree_->LoadInode(inode->id, value) : tree_->LoadBlockPart(inode->id, inode->chunk, value);
}

Status Namespace::Apply(const Mutation& mutation) {
  if (mutation.value) return Load(mutation.key, *mutation.value);
  MRD_CHECK(tree_->loading());
  if (!OwnsKey(mutation.key)) return InvalidArgument("a key of another part was given to the namespace");
  if (const auto counter = ParseCounterKey(mutation.key)) {
    tree_->EraseLoadedCounter(*counter);
    return {};
  }
  const auto inode = ParseInodeKey(mutation.key);
  if (!inode) return Corruption("a key of " + std::to_string(mutation.key.size()) + " bytes is no key of an inode");
  if (inode->chunk != 0) return tree_->EraseLoadedPart(inode->id, inode->chunk);
  tree_->EraseLoaded(inode->id);
  return {};
}

Status Namespace::Finish() { return tree_->Finish(); }

std::uint64_t Namespace::Counter(std::string_view name, std::uint64_t initial) const {
  return tree_->Counter(name, initial);
}

void Namespace::SetCounter(std::string_view name, std::uint64_t value, MutationSink& sink) {
  tree_->SetCounter(name, value, sink);
}

std::uint64_t Namespace::TakeFromCounter(std::string_view name, std::uint64_t initial, MutationSink& sink) {
  const std::uint64_t value = tree_->Counter(name, initial);
  tree_->SetCounter(name, value + 1, sink);
  return value;
}

// ---- What the operations share -----------------------------------------------------------------------------------

PathGuard Namespace::Guard(const Caller& caller) const { return PathGuard(*tree_, caller, options_.permissions); }

Status Namespace::ResolveFor(const Caller& caller, std::string_view path, bool creating, ResolvedPath* resolved) const {
  MRD_RETURN_IF_ERROR(resolved->Resolve(*tree_, path));
  return Guard(caller).Traverse(*resolved, creating);
}

Status Namespace::CheckNewName(const std::string& parent_path, std::string_view name, bool is_top) const {
  if (is_top && name == kReservedName) {
    return dfs::Exception(dfs::java::kHadoopIllegalArgument,
                          "File name \"" + std::string(name) +
                              "\" is reserved and cannot be created. If this is during upgrade change the name of the "
                              "existing file or directory to another name before upgrading to the new release.");
  }
  const std::size_t limit =
      options_.component_bytes_max == 0 ? kNameBytesMax : std::min(options_.component_bytes_max, kNameBytesMax);
  if (name.size() > limit) {
    return dfs::Exception(dfs::java::kPathComponentTooLong,
                          "The maximum path component name limit of " + std::string(name) + " in directory " +
                              parent_path + " is exceeded: limit=" + std::to_string(limit) +
                              " length=" + std::to_string(name.size()));
  }
  if (name == kSnapshotName) {
    return dfs::Exception(dfs::java::kHadoopIllegalArgument, "\"" + std::string(name) + "\" is a reserved name.");
  }
  return {};
}

Status Namespace::CheckItems(const Directory& parent, const std::string& parent_path) const {
  if (parent.children.size() < options_.directory_items_max) return {};
  return dfs::Exception(dfs::java::kMaxDirectoryItemsExceeded,
                        "The directory item limit of " + parent_path + " is exceeded: limit=" +
                            std::to_string(options_.directory_items_max) +
                            " items=" + std::to_string(parent.children.size()));
}

Status Namespace::CheckReplication(std::string_view path, std::uint32_t replication, std::string_view client) const {
  std::string error;
  const std::uint32_t max = std::min(options_.replication_max, kReplicationMax);
  if (replication > max) error = " exceeds maximum of " + std::to_string(max);
  if (replication < options_.replication_min) {
    error = " is less than the required minimum of " + std::to_string(options_.replication_min);
  }
  if (error.empty()) return {};
  std::string message = "Requested replication factor of " + std::to_string(replication) + error + " for ";
  message.append(path);
  if (!client.empty()) message.append(", clientName=").append(client);
  return dfs::Exception(dfs::java::kIo, std::move(message));
}

void Namespace::Touch(Directory& directory, const Context& context) {
  // Never backwards: a clock that was set back, or a time set by a client, stays visible.
  const std::int64_t now = std::clamp(context.now_ms, -kTimeMax - 1, kTimeMax);
  if (now <= directory.modified_ms) return;
  directory.modified_ms = now;
  tree_->Emit(directory, context.sink);
}

}  // namespace mrd::namenode
