#include "tests/support/memory_file_system.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mrd::test {
namespace {

constexpr std::uint64_t kBlockBytes = 128u << 20;

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status Missing(const std::string& path) { return NotFound(path + ": nothing is there"); }

}  // namespace

struct MemoryFileSystem::Node {
  bool is_directory = false;
  std::string content;
  std::string owner;
  std::string group = "users";
  std::uint32_t mode = 0;
  std::uint32_t replication = 0;
  std::int64_t modified_ms = 0;
  std::int64_t accessed_ms = 0;
};

class MemoryFileSystem::Reader final : public fs::InputFile {
 public:
  explicit Reader(std::string content) : content_(std::move(content)) {}
  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    if (offset >= content_.size()) return std::size_t{0};
    const std::size_t got = std::min<std::size_t>(size, content_.size() - offset);
    std::memcpy(out, content_.data() + offset, got);
    return got;
  }
  Result<std::uint64_t> Size() override { return std::uint64_t{content_.size()}; }

 private:
  const std::string content_;
};

class MemoryFileSystem::Writer final : public fs::OutputFile {
 public:
  Writer(MemoryFileSystem& file_system, std::shared_ptr<Node> node) : file_system_(file_system), node_(std::move(node)) {}
  Status Append(const char* data, std::size_t size) override {
    const std::lock_guard lock(file_system_.mutex_);
    node_->content.append(data, size);
    return Status::Ok();
  }
  Status Close() override { return Status::Ok(); }

 private:
  MemoryFileSystem& file_system_;
  const std::shared_ptr<Node> node_;
};

bool MemoryFileSystem::IsBelow(const std::string& path, const std::string& directory) {
  return directory == "/" || path.starts_with(directory + "/");
}

MemoryFileSystem::Nodes::iterator MemoryFileSystem::FirstBelow(const std::string& directory) {
  return nodes_.lower_bound(directory == "/" ? directory : directory + "/");
}

Result<std::shared_ptr<MemoryFileSystem::Node>> MemoryFileSystem::FindLocked(const std::string& path) {
  if (path == "/") {
    auto root = std::make_shared<Node>();
    root->is_directory = true;
    root->owner = "root";
    root->mode = 0755;
    return root;
  }
  const auto found = nodes_.find(path);
  if (found == nodes_.end()) return Missing(path);
  return found->second;
}

std::shared_ptr<MemoryFileSystem::Node> MemoryFileSystem::AddLocked(const std::string& path, bool is_directory) {
  auto node = std::make_shared<Node>();
  node->is_directory = is_directory;
  node->owner = user;
  node->mode = is_directory ? 0755 : 0644;
  node->replication = is_directory ? 0 : default_replication;
  node->modified_ms = node->accessed_ms = now_ms;
  nodes_[path] = node;
  return node;
}

fs::FileStatus MemoryFileSystem::ToStatus(const std::string& path, const Node& node) const {
  fs::FileStatus status;
  status.path = fs::Path("mem", "host", path);
  status.is_directory = node.is_directory;
  status.size_bytes = node.content.size();
  status.block_size_bytes = node.is_directory ? 0 : kBlockBytes;
  status.mode = node.mode;
  status.modified_ms = node.modified_ms;
  status.accessed_ms = node.accessed_ms;
  status.owner = node.owner;
  status.group = node.group;
  status.replication = node.replication;
  return status;
}

Result<std::unique_ptr<fs::InputFile>> MemoryFileSystem::Open(const fs::Path& path) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  return std::unique_ptr<fs::InputFile>(std::make_unique<Reader>(node->content));
}

Result<std::unique_ptr<fs::OutputFile>> MemoryFileSystem::Create(const fs::Path& path, bool overwrite) {
  fs::CreateOptions options;
  options.overwrite = overwrite;
  return Create(path, options);
}

Result<std::unique_ptr<fs::OutputFile>> MemoryFileSystem::Create(const fs::Path& path,
                                                                 const fs::CreateOptions& options) {
  if (options.create_parents) MRD_RETURN_IF_ERROR(Mkdirs(path.parent()));
  const std::lock_guard lock(mutex_);
  MRD_RETURN_IF_ERROR(FindLocked(path.parent().path()).status());
  if (!options.overwrite && nodes_.count(path.path()) > 0) return AlreadyExists(path.path() + " exists");
  const std::shared_ptr<Node> node = AddLocked(path.path(), false);
  if (options.replication) node->replication = *options.replication;
  return std::unique_ptr<fs::OutputFile>(std::make_unique<Writer>(*this, node));
}

Result<std::unique_ptr<fs::OutputFile>> MemoryFileSystem::Append(const fs::Path& path) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  return std::unique_ptr<fs::OutputFile>(std::make_unique<Writer>(*this, node));
}

Result<fs::FileStatus> MemoryFileSystem::Stat(const fs::Path& path) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  return ToStatus(path.path(), *node);
}

Result<std::vector<fs::FileStatus>> MemoryFileSystem::List(const fs::Path& path) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  if (!node->is_directory) return std::vector<fs::FileStatus>{ToStatus(path.path(), *node)};
  std::vector<fs::FileStatus> children;
  for (auto at = FirstBelow(path.path()); at != nodes_.end() && IsBelow(at->first, path.path()); ++at) {
    if (ParentOf(at->first) == path.path()) children.push_back(ToStatus(at->first, *at->second));
  }
  return children;
}

Status MemoryFileSystem::Mkdirs(const fs::Path& path, std::optional<std::uint32_t> permission, bool create_parents) {
  if (path.path() == "/") return Status::Ok();
  if (create_parents) MRD_RETURN_IF_ERROR(Mkdirs(path.parent(), std::nullopt, true));
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> parent, FindLocked(path.parent().path()));
  if (!parent->is_directory) return AlreadyExists(path.parent().path() + " is a file");
  const auto found = nodes_.find(path.path());
  if (found != nodes_.end()) {
    return found->second->is_directory ? Status::Ok() : AlreadyExists(path.path() + " is a file");
  }
  AddLocked(path.path(), true)->mode = permission.value_or(0777) & ~022u;
  return Status::Ok();
}

Status MemoryFileSystem::Rename(const fs::Path& from, const fs::Path& to) {
  const std::lock_guard lock(mutex_);
  MRD_RETURN_IF_ERROR(FindLocked(from.path()).status());
  MRD_RETURN_IF_ERROR(FindLocked(to.parent().path()).status());
  if (nodes_.count(to.path()) > 0) return AlreadyExists(to.path() + " exists");
  Nodes moved;
  moved[to.path()] = nodes_.at(from.path());
  for (const auto& [path, node] : nodes_) {
    if (IsBelow(path, from.path())) moved[to.path() + path.substr(from.path().size())] = node;
  }
  std::erase_if(nodes_, [&](const auto& entry) { return entry.first == from.path() || IsBelow(entry.first, from.path()); });
  nodes_.merge(moved);
  return Status::Ok();
}

Result<bool> MemoryFileSystem::Delete(const fs::Path& path, bool recursive) {
  const std::lock_guard lock(mutex_);
  if (nodes_.count(path.path()) == 0) return false;
  const auto below = FirstBelow(path.path());
  if (!recursive && below != nodes_.end() && IsBelow(below->first, path.path())) {
    return FailedPrecondition(path.path() + " is not empty");
  }
  std::erase_if(nodes_, [&](const auto& entry) { return entry.first == path.path() || IsBelow(entry.first, path.path()); });
  return true;
}

Result<std::vector<fs::BlockLocation>> MemoryFileSystem::Locate(const fs::Path& path, std::uint64_t, std::uint64_t) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  return std::vector<fs::BlockLocation>{{0, node->content.size(), std::vector<std::string>(node->replication, "host")}};
}

Status MemoryFileSystem::SetPermission(const fs::Path& path, std::uint32_t mode) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  node->mode = mode;
  return Status::Ok();
}

Status MemoryFileSystem::SetOwner(const fs::Path& path, const std::string& owner, const std::string& group) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  if (!owner.empty()) node->owner = owner;
  if (!group.empty()) node->group = group;
  return Status::Ok();
}

Status MemoryFileSystem::SetTimes(const fs::Path& path, std::int64_t modified_ms, std::int64_t accessed_ms) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  if (modified_ms != -1) node->modified_ms = modified_ms;
  if (accessed_ms != -1) node->accessed_ms = accessed_ms;
  return Status::Ok();
}

Result<bool> MemoryFileSystem::SetReplication(const fs::Path& path, std::uint32_t replication) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  if (node->is_directory) return false;
  node->replication = replication;
  return true;
}

Result<fs::ContentSummary> MemoryFileSystem::Summarize(const fs::Path& path) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> self, FindLocked(path.path()));
  fs::ContentSummary summary;
  const auto add = [&](const Node& node) {
    if (node.is_directory) {
      ++summary.directories;
    } else {
      ++summary.files;
      summary.length += node.content.size();
      summary.space_consumed += node.content.size() * node.replication;
    }
  };
  add(*self);
  for (const auto& [name, node] : nodes_) {
    if (IsBelow(name, path.path())) add(*node);
  }
  return summary;
}

Result<fs::FileChecksum> MemoryFileSystem::Checksum(const fs::Path& path) {
  const std::lock_guard lock(mutex_);
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<Node> node, FindLocked(path.path()));
  return fs::FileChecksum{"LENGTH", std::string(1, static_cast<char>(node->content.size()))};
}

void MemoryFileSystem::Put(const std::string& path, std::string content) {
  const fs::Path full("mem", "host", path);
  const Status made = Mkdirs(full.parent());
  const std::lock_guard lock(mutex_);
  if (made.ok()) AddLocked(path, false)->content = std::move(content);
}

std::string MemoryFileSystem::Content(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? "(none)" : found->second->content;
}

}  // namespace mrd::test
