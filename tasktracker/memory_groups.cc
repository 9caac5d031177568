#include "tasktracker/memory_groups.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <utility>
#include <vector>

#include "common/base/unique_fd.h"

namespace mrd::tasktracker {

namespace {

constexpr std::size_t kFileBytesMax = 64 << 10;
constexpr const char* kKey = "mr.tasktracker.cgroup";
constexpr const char* kOwnName = "/tracker";
constexpr std::string_view kAttempt = "attempt_";

// Files of the kernel have no size: read until the end.
Result<std::string> ReadText(Env& env, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env.OpenForRead(path));
  std::string text;
  char buffer[4096];
  while (text.size() < kFileBytesMax) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(text.size(), buffer, sizeof(buffer)));
    if (got == 0) break;
    text.append(buffer, got);
  }
  return text;
}

Status WriteText(Env& env, const std::string& path, const std::string& text) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env.CreateOrTruncate(path));
  Status written = file->Append(text.data(), text.size());
  const Status closed = file->Close();
  return written.ok() ? closed : written;
}

std::vector<std::string_view> Words(std::string_view text, char separator = ' ') {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (end != 0) words.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return words;
}

bool HasWord(std::string_view text, std::string_view word) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view one : Words(text)) {
    if (one == word) return true;
  }
  return false;
}

std::uint64_t Number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Status Unusable(const std::string& why) { return Unavailable(why); }

}  // namespace

MemoryGroup::~MemoryGroup() {
  // Since Linux 5.14; before, the attempt's process group and its marks have to do. Its owner may not read this file.
  const UniqueFd kill(::open((dir_ + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
  if (kill.valid()) {
    const ssize_t wrote = ::write(kill.get(), "1", 1);
    static_cast<void>(wrote);
  }
  (void)env_.RemoveDir(dir_);
}

Status MemoryGroup::Enter(pid_t pid) { return WriteText(env_, dir_ + "/cgroup.procs", std::to_string(pid)); }

MemoryGroup::Use MemoryGroup::Read() const {
  Use use;
  if (const Result<std::string> peak = ReadText(env_, dir_ + "/memory.peak"); peak.ok()) use.peak_bytes = Number(*peak);
  if (const Result<std::string> events = ReadText(env_, dir_ + "/memory.events"); events.ok()) {
    for (const std::string_view line : Words(*events, '\n')) {
      const std::vector<std::string_view> words = Words(line);
      if (words.size() == 2 && words[0] == "oom_kill") use.oom_kills = Number(words[1]);
    }
  }
  return use;
}

Result<std::string> MemoryGroups::OwnGroup(std::string_view mountinfo, std::string_view cgroup) {
  std::string path;
  for (const std::string_view line : Words(cgroup, '\n')) {
    if (line.starts_with("0::")) path = line.substr(3);
  }
  if (path.empty()) return Unusable("this machine has no control groups of version 2");
  if (path == "/") return Unusable("the tracker is in the machine's own control group, which is not left to it");
  // "36 35 98:0 /root /mount/point options - type source options"
  for (const std::string_view line : Words(mountinfo, '\n')) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos || !line.substr(dash + 3).starts_with("cgroup2 ")) continue;
    const std::vector<std::string_view> words = Words(line.substr(0, dash));
    if (words.size() < 5) continue;
    const std::string_view root = words[3];
    const std::string mount(words[4]);
    if (root == "/") return mount + path;
    if (path == root || path.starts_with(std::string(root) + "/")) return mount + path.substr(root.size());
  }
  return Unusable("no file system of control groups of version 2 is mounted");
}

Result<std::unique_ptr<MemoryGroups>> MemoryGroups::Open(Env& env, const std::string& dir, pid_t self) {
  const Result<std::string> controllers = ReadText(env, dir + "/cgroup.controllers");
  if (!controllers.ok()) return Unusable(controllers.status().message());
  if (!HasWord(*controllers, "memory")) return Unusable("control group " + dir + " has no memory controller");
  const auto processes = [&] { return ReadText(env, dir + "/cgroup.procs"); };
  const std::string number = std::to_string(self);
  const Result<std::string> before = processes();
  if (!before.ok()) return Unusable(before.status().message());
  for (const std::string_view other : Words(*before, '\n')) {
    if (other != number) {
      return Unusable("control group " + dir + " holds other processes too, such as " + std::string(other));
    }
  }
  const std::string own = dir + kOwnName;
  const bool inside = !before->empty();
  if (inside) {
    Status moved = env.CreateDir(own, 0755);
    if (moved.code() == Code::kAlreadyExists) moved = Status::Ok();
    if (moved.ok()) moved = WriteText(env, own + "/cgroup.procs", number);
    if (!moved.ok()) {
      (void)env.RemoveDir(own);
      return Unusable("control group " + dir + " is not left to the tracker: " + moved.message());
    }
  }
  const Status enabled = WriteText(env, dir + "/cgroup.subtree_control", "+memory");
  if (!enabled.ok()) {
    if (inside) {
      (void)WriteText(env, dir + "/cgroup.procs", number);
      (void)env.RemoveDir(own);
    }
    return Unusable("control group " + dir + " takes no limits of memory: " + enabled.message());
  }
  std::unique_ptr<MemoryGroups> groups(new MemoryGroups(env, dir));
  groups->Sweep();  // of an earlier tracker
  return groups;
}

Result<std::unique_ptr<MemoryGroups>> MemoryGroups::Find(Env& env, const std::string& word, pid_t self) {
  if (word == "none") return Unusable(std::string(kKey) + " is none");
  if (word != "auto") {
    if (word.starts_with('/')) return Open(env, word, self);
    return InvalidArgument(std::string(kKey) + "=" + word + ": auto, none or the directory of a control group is expected");
  }
  MRD_ASSIGN_OR_RETURN(const std::string mounts, ReadText(env, "/proc/self/mountinfo"));
  MRD_ASSIGN_OR_RETURN(const std::string own, ReadText(env, "/proc/self/cgroup"));
  MRD_ASSIGN_OR_RETURN(const std::string dir, OwnGroup(mounts, own));
  return Open(env, dir, self);
}

Result<std::unique_ptr<MemoryGroup>> MemoryGroups::Make(const std::string& attempt_id, std::uint64_t limit_bytes) {
  const std::string dir = dir_ + "/" + attempt_id;
  MRD_RETURN_IF_ERROR(env_.CreateDir(dir, 0755));
  auto group = std::make_unique<MemoryGroup>(env_, dir);
  MRD_RETURN_IF_ERROR(WriteText(env_, dir + "/memory.max", std::to_string(limit_bytes)));
  // Beyond the limit an attempt is to fail, not to become slow; and as a whole. Kernels without swap have no such file.
  (void)WriteText(env_, dir + "/memory.swap.max", "0");
  (void)WriteText(env_, dir + "/memory.oom.group", "1");
  return group;
}

void MemoryGroups::Sweep() {
  const Result<std::vector<FileInfo>> entries = env_.ListDir(dir_);
  if (!entries.ok()) return;
  for (const FileInfo& entry : *entries) {
    // The kernel removes none that processes are in.
    if (entry.type == FileType::kDirectory && entry.name.starts_with(kAttempt)) (void)env_.RemoveDir(dir_ + "/" + entry.name);
  }
}

}  // namespace mrd::tasktracker
