#include "tests/support/crash_env.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include "common/base/check.h"

namespace mrd::test {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void WriteInto(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  content.replace(offset, bytes.size(), bytes);
}

// A change of a file's content that is not flushed.
struct Change {
  std::optional<std::uint64_t> size;  // a truncation or allocation to this size
  std::uint64_t offset = 0;
  std::string bytes;
};

void Apply(std::string& content, const Change& change, Random& random) {
  if (change.size) {
    if (random.Below(2) == 0) content.resize(*change.size, '\0');
    return;
  }
  // Each sector of the disk is written or not; a third of the time all of them.
  const bool all = random.Below(3) == 0;
  std::uint64_t at = change.offset;
  while (at < change.offset + change.bytes.size()) {
    const std::uint64_t end = std::min((at / kSectorBytes + 1) * kSectorBytes, change.offset + change.bytes.size());
    if (all || random.Below(2) == 0)
      WriteInto(content, at, std::string_view(change.bytes).substr(at - change.offset, end - at));
    at = end;
  }
}

}  // namespace

struct CrashEnv::Node {
  bool directory = false;
  std::string content;
  std::string flushed;
  std::vector<Change> unflushed;
  bool locked = false;
};

struct CrashEnv::State {
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  // A change of names within one directory: what stands there afterwards; null: nothing.
  struct NameChange {
    std::vector<std::pair<std::string, std::shared_ptr<Node>>> entries;
  };

  mutable std::mutex mutex;
  Names names;
  Names flushed_names;
  std::map<std::string, std::vector<NameChange>> unflushed_names;  // by directory
  std::map<std::string, int> broken;
  std::uint64_t changes = 0;
  std::uint64_t stop_at = 0;
  bool stopped = false;
  std::uint64_t generation = 0;
  std::uint64_t available = std::uint64_t{1} << 40;

  Status Alive(std::uint64_t opened) const {
    return stopped || opened != generation ? IoError("the machine has lost its power") : Status::Ok();
  }

  // Before each change.
  Status Enter(const std::string& path, std::uint64_t opened) {
    MRD_RETURN_IF_ERROR(Alive(opened));
    if (stop_at != 0 && ++changes >= stop_at) {
      stopped = true;
      return Alive(opened);
    }
    if (stop_at == 0) ++changes;
    for (const auto& [prefix, error] : broken) {
      if (path.starts_with(prefix)) return FromErrno(error, "write " + path);
    }
    return Status::Ok();
  }

  std::shared_ptr<Node> Find(const std::string& path) const {
    const auto it = names.find(path);
    return it == names.end() ? nullptr : it->second;
  }

  Status SetName(const std::string& directory, NameChange change) {
    const std::shared_ptr<Node> parent = Find(directory);
    if (parent == nullptr || !parent->directory) return FromErrno(ENOENT, "open " + directory);
    ApplyNames(names, change);
    unflushed_names[directory].push_back(std::move(change));
    return Status::Ok();
  }

  static void ApplyNames(Names& names, const NameChange& change) {
    for (const auto& [path, node] : change.entries) {
      if (node == nullptr) {
        names.erase(path);
      } else {
        names[path] = node;
      }
    }
  }
};

class CrashEnv::CrashFile final : public File {
 public:
  CrashFile(std::shared_ptr<State> state, std::shared_ptr<Node> node, std::string path, bool lock = false)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)), lock_(lock) {
    opened_ = state_->generation;
  }
  ~CrashFile() override {
    const std::lock_guard guard(state_->mutex);
    if (lock_ && opened_ == state_->generation) node_->locked = false;
  }

  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    const std::lock_guard guard(state_->mutex);
    MRD_RETURN_IF_ERROR(state_->Alive(opened_));
    if (offset >= node_->content.size()) return std::size_t{0};
    return node_->content.copy(out, size, offset);
  }

  Status Append(const char* data, std::size_t size) override {
    const std::lock_guard guard(state_->mutex);
    return Change({std::nullopt, node_->content.size(), std::string(data, size)});
  }
  Status WriteAt(std::uint64_t offset, const char* data, std::size_t size) override {
    const std::lock_guard guard(state_->mutex);
    return Change({std::nullopt, offset, std::string(data, size)});
  }
  Status Truncate(std::uint64_t size) override {
    const std::lock_guard guard(state_->mutex);
    return Change({size, 0, ""});
  }
  Status Allocate(std::uint64_t offset, std::uint64_t size) override {
    const std::lock_guard guard(state_->mutex);
    return Change({std::max<std::uint64_t>(node_->content.size(), offset + size), 0, ""});
  }

  Result<std::uint64_t> Size() override {
    const std::lock_guard guard(state_->mutex);
    MRD_RETURN_IF_ERROR(state_->Alive(opened_));
    return static_cast<std::uint64_t>(node_->content.size());
  }

  Status Sync() override {
    const std::lock_guard guard(state_->mutex);
    MRD_RETURN_IF_ERROR(state_->Enter(path_, opened_));
    node_->flushed = node_->content;
    node_->unflushed.clear();
    return Status::Ok();
  }

  Status Close() override { return Status::Ok(); }

 private:
  Status Change(test::Change change) {
    // The write during which the power fails may be there in part, too.
    const bool was_stopped = state_->stopped;
    Status entered = state_->Enter(path_, opened_);
    if (was_stopped || opened_ != state_->generation || (!entered.ok() && !state_->stopped)) return entered;
    if (entered.ok()) {
      if (change.size) {
        node_->content.resize(*change.size, '\0');
      } else {
        WriteInto(node_->content, change.offset, change.bytes);
      }
    }
    node_->unflushed.push_back(std::move(change));
    return entered;
  }

  const std::shared_ptr<State> state_;
  const std::shared_ptr<Node> node_;
  const std::string path_;
  const bool lock_;
  std::uint64_t opened_;
};

CrashEnv::CrashEnv() : state_(std::make_shared<State>()) {
  auto root = std::make_shared<Node>();
  root->directory = true;
  state_->names["/"] = root;
  state_->flushed_names["/"] = root;
}

CrashEnv::~CrashEnv() = default;

void CrashEnv::Stop(std::uint64_t n) {
  const std::lock_guard lock(state_->mutex);
  state_->changes = 0;
  state_->stop_at = n;
}

std::uint64_t CrashEnv::changes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->changes;
}

bool CrashEnv::stopped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stopped;
}

void CrashEnv::Crash(Random& random) {
  const std::lock_guard lock(state_->mutex);
  State& state = *state_;
  for (auto& [directory, changes] : state.unflushed_names) {
    // File systems keep changes of names in order.
    const std::uint64_t kept = random.Below(changes.size() + 1);
    for (std::uint64_t i = 0; i < kept; ++i) State::ApplyNames(state.flushed_names, changes[i]);
  }
  state.unflushed_names.clear();
  state.names = state.flushed_names;
  for (auto& [path, node] : state.names) {
    for (const Change& change : node->unflushed) Apply(node->flushed, change, random);
    node->unflushed.clear();
    node->content = node->flushed;
    node->locked = false;
  }
  state.stopped = false;
  state.stop_at = 0;
  state.changes = 0;
  ++state.generation;
}

void CrashEnv::Damage(const std::string& path, std::uint64_t offset) {
  const std::lock_guard lock(state_->mutex);
  const std::shared_ptr<Node> node = state_->Find(path);
  MRD_CHECK(node != nullptr && offset < node->content.size());
  node->content[offset] = static_cast<char>(node->content[offset] ^ 0x40);
  node->flushed = node->content;
  node->unflushed.clear();
}

void CrashEnv::Break(const std::string& directory, int error) {
  const std::lock_guard lock(state_->mutex);
  if (error == 0) {
    state_->broken.erase(directory);
  } else {
    state_->broken[directory] = error;
  }
}

void CrashEnv::SetAvailable(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->available = bytes;
}

Result<std::unique_ptr<File>> CrashEnv::OpenForRead(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Alive(state_->generation));
  const std::shared_ptr<Node> node = state_->Find(path);
  if (node == nullptr) return FromErrno(ENOENT, "open " + path);
  if (node->directory) return InvalidArgument("open " + path + ": it is a directory, not a file");
  return std::unique_ptr<File>(std::make_unique<CrashFile>(state_, node, path));
}

Result<std::unique_ptr<File>> CrashEnv::Create(const std::string& path) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->Find(path) != nullptr) return FromErrno(EEXIST, "create " + path);
  }
  return OpenForUpdate(path);
}

Result<std::unique_ptr<File>> CrashEnv::CreateOrTruncate(const std::string& path) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, OpenForUpdate(path));
  MRD_ASSIGN_OR_RETURN(const std::uint64_t size, file->Size());
  if (size > 0) MRD_RETURN_IF_ERROR(file->Truncate(0));
  return file;
}

Result<std::unique_ptr<File>> CrashEnv::OpenForUpdate(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  std::shared_ptr<Node> node = state_->Find(path);
  if (node == nullptr) {
    MRD_RETURN_IF_ERROR(state_->Enter(path, state_->generation));
    node = std::make_shared<Node>();
    MRD_RETURN_IF_ERROR(state_->SetName(ParentOf(path), {{{path, node}}}));
  }
  if (node->directory) return InvalidArgument("open " + path + ": it is a directory, not a file");
  MRD_RETURN_IF_ERROR(state_->Alive(state_->generation));
  return std::unique_ptr<File>(std::make_unique<CrashFile>(state_, node, path));
}

Result<VolumeSpace> CrashEnv::Space(const std::string&) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Alive(state_->generation));
  VolumeSpace space;
  space.capacity = std::uint64_t{1} << 40;
  space.available = state_->available;
  return space;
}

Status CrashEnv::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Enter(from, state_->generation));
  const std::shared_ptr<Node> node = state_->Find(from);
  if (node == nullptr) return FromErrno(ENOENT, "rename " + from + " to " + to);
  MRD_CHECK(!node->directory && ParentOf(from) == ParentOf(to));
  return state_->SetName(ParentOf(to), {{{from, nullptr}, {to, node}}});
}

Status CrashEnv::RenameNew(const std::string& from, const std::string& to) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->Find(to) != nullptr) return FromErrno(EEXIST, "rename " + from + " to " + to);
  }
  return Rename(from, to);
}

Status CrashEnv::RemoveFile(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Enter(path, state_->generation));
  const std::shared_ptr<Node> node = state_->Find(path);
  if (node == nullptr || node->directory) return FromErrno(node == nullptr ? ENOENT : EISDIR, "remove " + path);
  return state_->SetName(ParentOf(path), {{{path, nullptr}}});
}

Status CrashEnv::CreateDir(const std::string& path, std::uint32_t) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Enter(path, state_->generation));
  if (state_->Find(path) != nullptr) return FromErrno(EEXIST, "create directory " + path);
  auto node = std::make_shared<Node>();
  node->directory = true;
  return state_->SetName(ParentOf(path), {{{path, node}}});
}

Status CrashEnv::RemoveDir(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Enter(path, state_->generation));
  if (state_->Find(path) == nullptr) return FromErrno(ENOENT, "remove directory " + path);
  const auto below = state_->names.lower_bound(path + "/");
  if (below != state_->names.end() && below->first.starts_with(path + "/"))
    return FromErrno(ENOTEMPTY, "remove directory " + path);
  return state_->SetName(ParentOf(path), {{{path, nullptr}}});
}

Result<std::vector<FileInfo>> CrashEnv::ListDir(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Alive(state_->generation));
  const std::shared_ptr<Node> directory = state_->Find(path);
  if (directory == nullptr || !directory->directory) return FromErrno(ENOENT, "list " + path);
  std::vector<FileInfo> files;
  for (const auto& [name, node] : state_->names) {
    if (name == "/" || ParentOf(name) != path) continue;
    FileInfo info;
    info.name = NameOf(name);
    info.type = node->directory ? FileType::kDirectory : FileType::kFile;
    info.size_bytes = node->content.size();
    files.push_back(std::move(info));
  }
  return files;
}

Result<FileInfo> CrashEnv::Stat(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Alive(state_->generation));
  const std::shared_ptr<Node> node = state_->Find(path);
  if (node == nullptr) return FromErrno(ENOENT, "stat " + path);
  FileInfo info;
  info.name = path;
  info.type = node->directory ? FileType::kDirectory : FileType::kFile;
  info.size_bytes = node->content.size();
  return info;
}

Result<FileInfo> CrashEnv::LinkStat(const std::string& path) { return Stat(path); }

Result<std::string> CrashEnv::RealPath(const std::string& path) {
  MRD_RETURN_IF_ERROR(Stat(path).status());
  return path;
}

Status CrashEnv::Symlink(const std::string&, const std::string& link) {
  return Unimplemented("create link " + link + ": this disk has no links");
}

Status CrashEnv::SetMode(const std::string& path, std::uint32_t) { return Stat(path).status(); }

Status CrashEnv::SyncDir(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  MRD_RETURN_IF_ERROR(state_->Enter(path, state_->generation));
  const std::shared_ptr<Node> directory = state_->Find(path);
  if (directory == nullptr || !directory->directory) return FromErrno(ENOENT, "open " + path);
  for (const State::NameChange& change : state_->unflushed_names[path]) {
    State::ApplyNames(state_->flushed_names, change);
  }
  state_->unflushed_names.erase(path);
  return Status::Ok();
}

Result<std::unique_ptr<File>> CrashEnv::Lock(const std::string& path) {
  MRD_RETURN_IF_ERROR(OpenForUpdate(path).status());
  const std::lock_guard lock(state_->mutex);
  const std::shared_ptr<Node> node = state_->Find(path);
  if (node->locked) return Unavailable("lock " + path + ": another process holds it");
  node->locked = true;
  return std::unique_ptr<File>(std::make_unique<CrashFile>(state_, node, path, true));
}

}  // namespace mrd::test
