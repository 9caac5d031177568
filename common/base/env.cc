#include "common/base/env.h"

#include <algorithm>
#include <utility>

namespace mrd {

Status File::WriteAt(std::uint64_t, const char*, std::size_t) { return Unimplemented("this file is not open for update"); }
Status File::Truncate(std::uint64_t) { return Unimplemented("this file is not open for update"); }
Status File::Allocate(std::uint64_t, std::uint64_t) { return Unimplemented("this file is not open for update"); }

namespace {

// Both without trailing slashes; "/" stays.
std::string WithoutTrailingSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return WithoutTrailingSlashes(path.substr(0, slash == 0 ? 1 : slash));
}

Status NotADirectory(const std::string& wanted, const std::string& file) {
  if (wanted == file) return AlreadyExists("create directory " + wanted + ": it is a file");
  return FailedPrecondition("create directory " + wanted + ": " + file + " is not a directory");
}

// A directory that somebody else made meanwhile is as good.
Status CreateOne(Env& env, const std::string& path) {
  Status status = env.CreateDir(path);
  if (status.code() != Code::kAlreadyExists) return status;
  MRD_ASSIGN_OR_RETURN(FileInfo info, env.Stat(path));
  return info.type == FileType::kDirectory ? Status::Ok() : status;
}

Status WriteAndFlush(Env& env, const std::string& path, std::string_view content) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env.CreateOrTruncate(path));
  MRD_RETURN_IF_ERROR(file->Append(content.data(), content.size()));
  MRD_RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

}  // namespace

Status CreateDirs(Env& env, const std::string& given) {
  const std::string path = WithoutTrailingSlashes(given);
  // Upward to the first ancestor that is there, then down again.
  std::vector<std::string> missing;
  std::string at = path;
  while (true) {
    Result<FileInfo> info = env.Stat(at);
    if (info.ok()) {
      if (info->type != FileType::kDirectory) return NotADirectory(path, at);
      break;
    }
    if (info.status().code() != Code::kNotFound) return info.status();
    missing.push_back(at);
    std::string parent = ParentOf(at);
    if (parent == at) return info.status();
    at = std::move(parent);
  }
  for (auto dir = missing.rbegin(); dir != missing.rend(); ++dir)
    MRD_RETURN_IF_ERROR(CreateOne(env, *dir));
  return Status::Ok();
}

Status RemoveTree(Env& env, const std::string& path) {
  const auto unless_gone = [](Status status) {
    return status.code() == Code::kNotFound ? Status::Ok() : std::move(status);
  };
  Result<FileInfo> info = env.LinkStat(path);
  if (!info.ok()) return unless_gone(info.status());
  if (info->type != FileType::kDirectory) return unless_gone(env.RemoveFile(path));

  Result<std::vector<FileInfo>> entries = env.ListDir(path);
  if (!entries.ok()) return unless_gone(entries.status());
  Status first;
  for (const FileInfo& entry : *entries) {
    Status status = RemoveTree(env, path + "/" + entry.name);
    if (first.ok()) first = std::move(status);
  }
  if (!first.ok()) return first;
  return unless_gone(env.RemoveDir(path));
}

Result<bool> Exists(Env& env, const std::string& path) {
  Result<FileInfo> info = env.Stat(path);
  if (info.ok()) return true;
  if (info.status().code() == Code::kNotFound) return false;
  return info.status();
}

Result<std::string> ReadWholeFile(Env& env, const std::string& path) {
  constexpr std::size_t kPieceBytesMin = 4096;
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env.OpenForRead(path));
  MRD_ASSIGN_OR_RETURN(std::uint64_t size, file->Size());
  std::string content;
  // The size is a hint: files below /proc say 0, and a file may grow. One byte more finds the end
  // in one call.
  std::size_t piece = std::max<std::size_t>(size + 1, kPieceBytesMin);
  while (true) {
    const std::size_t done = content.size();
    content.resize(done + piece);
    Result<std::size_t> got = file->ReadAt(done, content.data() + done, piece);
    if (!got.ok()) return got.status();
    content.resize(done + *got);
    if (*got < piece) return content;
  }
}

Status WriteFileDurably(Env& env, const std::string& path, std::string_view content) {
  const std::string parent = ParentOf(path);
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string temporary = (parent == "/" ? "" : parent) + "/." + name + ".tmp";
  Status status = WriteAndFlush(env, temporary, content);
  if (status.ok()) status = env.Rename(temporary, path);
  if (!status.ok()) {
    // The first error tells more than one from cleaning up after it.
    static_cast<void>(env.RemoveFile(temporary));
    return status;
  }
  return env.SyncDir(parent);
}

}  // namespace mrd
