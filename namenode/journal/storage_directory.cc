#include "namenode/journal/storage_directory.h"

#include <charconv>
#include <map>

namespace mrd::namenode {
namespace {

constexpr const char* kVersionFile = "VERSION";
constexpr const char* kLockFile = "in_use.lock";
constexpr std::string_view kUsed = "used";
constexpr std::string_view kStorageType = "NAME_NODE";

std::string VersionPath(const std::string& directory) { return CurrentPath(directory) + "/" + kVersionFile; }

template <typename T>
bool ParseNumber(std::string_view text, T& out) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && stop == text.data() + text.size();
}

std::map<std::string, std::string, std::less<>> ParseLines(std::string_view text) {
  std::map<std::string, std::string, std::less<>> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    values.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return values;
}

// The first thing in `current` that nobody but us would want to lose, if there is one.
Result<std::optional<std::string>> FindContent(Env& env, const std::string& directory) {
  const std::string current = CurrentPath(directory);
  Result<std::vector<FileInfo>> files = env.ListDir(current);
  if (files.status().code() == Code::kNotFound) return std::optional<std::string>();
  if (!files.ok()) return files.status();
  if (files->empty()) return std::optional<std::string>();
  return std::optional<std::string>(current + "/" + files->front().name);
}

Status WriteVersion(Env& env, const std::string& directory, const dfs::NamespaceInfo& info) {
  MRD_RETURN_IF_ERROR(CreateDirs(env, CurrentPath(directory)));
  // VERSION last: it is what makes the directory a formatted one.
  MRD_RETURN_IF_ERROR(env.SyncDir(directory));
  return WriteFileDurably(env, VersionPath(directory), EncodeVersion(info));
}

}  // namespace

std::string CurrentPath(const std::string& directory) { return directory + "/current"; }

std::string EncodeVersion(const dfs::NamespaceInfo& info) {
  return "# Which file system this directory belongs to. Written by namenode -format; not to be edited.\n"
         "layoutVersion=" +
         std::to_string(kStorageLayoutVersion) + "\nstorageType=" + std::string(kStorageType) +
         "\nnamespaceID=" + std::to_string(info.namespace_id) + "\nclusterID=" + info.cluster_id +
         "\nblockpoolID=" + info.pool_id + "\ncTime=" + std::to_string(info.created_ms) + "\n";
}

Result<dfs::NamespaceInfo> DecodeVersion(std::string_view text) {
  const auto values = ParseLines(text);
  const auto value = [&](std::string_view name) {
    const auto it = values.find(name);
    return it == values.end() ? std::string_view() : std::string_view(it->second);
  };
  int layout = 0;
  if (value("storageType") != kStorageType) return Corruption("it is not of a namenode (storageType)");
  if (!ParseNumber(value("layoutVersion"), layout)) return Corruption("it has no layoutVersion that can be read");
  if (layout != kStorageLayoutVersion) {
    return Unimplemented("its layout is version " + std::to_string(layout) + ", this program knows version " +
                         std::to_string(kStorageLayoutVersion) + "; start the version that wrote it");
  }
  dfs::NamespaceInfo info;
  info.cluster_id = value("clusterID");
  info.pool_id = value("blockpoolID");
  if (info.cluster_id.empty()) return Corruption("it has no clusterID");
  if (info.pool_id.empty()) return Corruption("it has no blockpoolID");
  if (!ParseNumber(value("namespaceID"), info.namespace_id))
    return Corruption("it has no namespaceID that can be read");
  if (!ParseNumber(value("cTime"), info.created_ms)) return Corruption("it has no cTime that can be read");
  return info;
}

Result<dfs::NamespaceInfo> ReadVersion(Env& env, const std::string& directory) {
  const std::string path = VersionPath(directory);
  Result<std::string> text = ReadWholeFile(env, path);
  if (text.status().code() == Code::kNotFound) {
    return NotFound("storage directory " + directory + " is not formatted (there is no " + path +
                    "); run `namenode -format` first, or check dfs.namenode.name.dir");
  }
  if (!text.ok()) return text.status();
  Result<dfs::NamespaceInfo> info = DecodeVersion(*text);
  if (!info.ok()) return info.status().WithContext(path);
  return info;
}

Result<bool> IsMarkedUsed(Env& env, const std::string& directory) {
  MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(env, VersionPath(directory)));
  return ParseLines(text).contains(kUsed);
}

Status MarkUsed(Env& env, const std::string& directory) {
  MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(env, VersionPath(directory)));
  if (ParseLines(text).contains(kUsed)) return Status::Ok();
  return WriteFileDurably(env, VersionPath(directory), text + std::string(kUsed) + "=1\n");
}

Result<std::unique_ptr<mrd::File>> LockStorage(Env& env, const std::string& directory) {
  const std::string path = directory + "/" + kLockFile;
  Result<std::unique_ptr<mrd::File>> lock = env.Lock(path);
  if (lock.status().code() == Code::kUnavailable)
    return Unavailable("storage directory " + directory + " is in use by another namenode (it holds " + path + ")");
  return lock;
}

Result<FormatOutcome> FormatStorage(Env& env, const FormatRequest& request) {
  if (request.directories.empty()) return InvalidArgument("no storage directory is configured (dfs.namenode.name.dir)");
  std::vector<std::unique_ptr<mrd::File>> locks;
  std::size_t same = 0;
  // Everything is looked at before anything is changed.
  for (const std::string& directory : request.directories) {
    MRD_RETURN_IF_ERROR(CreateDirs(env, directory));
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<mrd::File> lock, LockStorage(env, directory));
    locks.push_back(std::move(lock));
    if (request.force) continue;
    const Result<dfs::NamespaceInfo> info = ReadVersion(env, directory);
    if (info.ok() && info.value().cluster_id == request.info.cluster_id) {
      ++same;
      continue;
    }
    if (info.ok()) {
      return FailedPrecondition("storage directory " + directory + " holds the file system of cluster " +
                                info.value().cluster_id + "; format with -force to destroy it");
    }
    MRD_ASSIGN_OR_RETURN(const std::optional<std::string> content, FindContent(env, directory));
    if (content) {
      return FailedPrecondition("storage directory " + directory + " holds " + *content +
                                "; move it away, or format with -force to destroy it");
    }
  }
  if (same == request.directories.size()) return FormatOutcome::kAlreadyFormatted;
  if (same > 0) {
    return FailedPrecondition("some storage directories of cluster " + request.info.cluster_id +
                              " are formatted and some are not; start the namenode: it takes the empty ones into use");
  }
  for (const std::string& directory : request.directories) {
    MRD_RETURN_IF_ERROR(RemoveTree(env, CurrentPath(directory)));
    MRD_RETURN_IF_ERROR(WriteVersion(env, directory, request.info));
  }
  return FormatOutcome::kFormatted;
}

Status JoinStorage(Env& env, const std::string& directory, const dfs::NamespaceInfo& info) {
  MRD_ASSIGN_OR_RETURN(const std::optional<std::string> content, FindContent(env, directory));
  if (content)
    return FailedPrecondition("storage directory " + directory + " is not formatted, but holds " + *content +
                              "; move it away");
  return WriteVersion(env, directory, info);
}

}  // namespace mrd::namenode
