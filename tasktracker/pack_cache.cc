#include "tasktracker/pack_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/human.h"
#include "common/base/sha256.h"
#include "formats/archive.h"

namespace mrd::tasktracker {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

bool IsHash(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool IsFileName(const std::string& text) {
  return !text.empty() && text != "." && text != ".." && text.find('/') == std::string::npos;
}

// Of all files in a tree; what cannot be looked at counts nothing.
std::uint64_t TreeBytes(Env& env, const std::string& dir) {
  const Result<std::vector<FileInfo>> entries = env.ListDir(dir);
  if (!entries.ok()) return 0;
  std::uint64_t sum = 0;
  for (const FileInfo& entry : *entries) {
    sum += entry.type == FileType::kDirectory ? TreeBytes(env, dir + "/" + entry.name) : entry.size_bytes;
  }
  return sum;
}

}  // namespace

Result<std::shared_ptr<const Pack>> PackCache::Get(const PackName& name) {
  if (!IsHash(name.sha256)) return InvalidArgument("job pack " + name.path + ": \"" + name.sha256 + "\" is no SHA-256");
  if (!IsFileName(name.plugin)) {
    return InvalidArgument("job pack " + name.path + ": \"" + name.plugin + "\" is no name of a plugin's file");
  }
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto [at, fresh] = entries_.try_emplace(name.sha256);
    if (fresh) break;
    if (at->second.pack != nullptr) {
      at->second.last_use = ++uses_;
      return at->second.pack;
    }
    fetched_.wait(lock);
  }
  lock.unlock();
  Result<std::shared_ptr<const Pack>> pack = Fetch(name);
  lock.lock();
  fetched_.notify_all();
  if (!pack.ok()) {
    entries_.erase(name.sha256);  // whoever waits tries it himself
    return std::move(pack).status().WithContext("job pack " + name.path);
  }
  Entry& entry = entries_[name.sha256];
  entry.pack = *pack;
  entry.last_use = ++uses_;
  Evict();
  return pack;
}

Result<std::shared_ptr<const Pack>> PackCache::Fetch(const PackName& name) {
  MRD_ASSIGN_OR_RETURN(const std::string base, dirs_.Next());
  const std::string packs = base + "/packs";
  const std::string making = packs + "/" + name.sha256 + ".tmp";
  const std::string tar = packs + "/" + name.sha256 + ".tar";
  MRD_RETURN_IF_ERROR(CreateDirs(env_, packs));
  MRD_RETURN_IF_ERROR(RemoveTree(env_, making));
  auto pack = std::make_shared<Pack>();
  pack->dir = packs + "/" + name.sha256;
  Status made = Download(name, tar);
  if (made.ok()) made = UnpackInto(tar, name, making, pack.get());
  (void)env_.RemoveFile(tar);
  if (made.ok()) made = RemoveTree(env_, pack->dir);
  if (made.ok()) made = env_.Rename(making, pack->dir);
  if (!made.ok()) {
    (void)RemoveTree(env_, making);
    return made;
  }
  log_.Info("pack fetched sha256=" + name.sha256 + " bytes=" + std::to_string(name.bytes) +
            " unpacked=" + std::to_string(pack->bytes));
  return std::shared_ptr<const Pack>(std::move(pack));
}

Status PackCache::Download(const PackName& name, const std::string& to) {
  MRD_ASSIGN_OR_RETURN(const fs::Path path, fs::Path::Parse(name.path));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> source, file_systems_.For(path));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> in, source->Open(path));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> out, env_.CreateOrTruncate(to));
  std::string buffer(static_cast<std::size_t>(std::clamp<std::uint64_t>(name.bytes + 1, 1, kReadBytes)), '\0');
  std::uint64_t offset = 0;
  for (;;) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, in->ReadAt(offset, buffer.data(), buffer.size()));
    if (got == 0) break;
    offset += got;
    if (offset > name.bytes) return Corruption("it is longer than its " + std::to_string(name.bytes) + " bytes");
    MRD_RETURN_IF_ERROR(out->Append(buffer.data(), got));
  }
  MRD_RETURN_IF_ERROR(out->Close());
  MRD_ASSIGN_OR_RETURN(const std::string hash, Sha256HexOfFile(env_, to));
  if (hash != name.sha256) {
    return Corruption("its SHA-256 is " + hash + " instead of " + name.sha256 + " (" + std::to_string(offset) +
                      " of " + std::to_string(name.bytes) + " bytes); remove the file and submit the job again");
  }
  return Status::Ok();
}

Status PackCache::UnpackInto(const std::string& tar, const PackName& name, const std::string& dir, Pack* pack) {
  MRD_RETURN_IF_ERROR(CreateDirs(env_, dir));
  MRD_RETURN_IF_ERROR(formats::UnpackArchive(env_, tar, dir));
  MRD_ASSIGN_OR_RETURN(const FileInfo plugin, env_.LinkStat(dir + "/" + name.plugin));
  if (plugin.type != FileType::kFile) return InvalidArgument(name.plugin + " in it is no file");
  const std::string archives = dir + "/archives";
  const std::string files = dir + "/files";
  MRD_ASSIGN_OR_RETURN(const bool has_archives, Exists(env_, archives));
  if (has_archives) {
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env_.ListDir(archives));
    for (const FileInfo& entry : entries) {
      MRD_RETURN_IF_ERROR(CreateDirs(env_, files + "/" + entry.name));
      MRD_RETURN_IF_ERROR(formats::UnpackArchive(env_, archives + "/" + entry.name, files + "/" + entry.name));
    }
    MRD_RETURN_IF_ERROR(RemoveTree(env_, archives));
  }
  MRD_ASSIGN_OR_RETURN(const bool has_files, Exists(env_, files));
  if (has_files) pack->side_file_dir = pack->dir + "/files";
  pack->bytes = TreeBytes(env_, dir);
  return Status::Ok();
}

void PackCache::Evict() {
  std::uint64_t sum = 0;
  std::vector<std::map<std::string, Entry>::iterator> idle;
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->second.pack == nullptr) continue;
    sum += at->second.pack->bytes;
    // One reference is the cache's own. Nobody gets another while the mutex is held.
    if (at->second.pack.use_count() == 1) idle.push_back(at);
  }
  std::sort(idle.begin(), idle.end(), [](auto a, auto b) { return a->second.last_use < b->second.last_use; });
  for (const auto at : idle) {
    if (sum <= bytes_max_) return;
    sum -= at->second.pack->bytes;
    log_.Info("pack removed sha256=" + at->first + " bytes=" + HumanBytes(at->second.pack->bytes));
    (void)RemoveTree(env_, at->second.pack->dir);
    entries_.erase(at);
  }
}

}  // namespace mrd::tasktracker
