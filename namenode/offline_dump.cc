#include "namenode/offline_dump.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "namenode/core/state.h"
#include "namenode/journal/storage_directory.h"
#include "namenode/tree/keys.h"

namespace mrd::namenode {
namespace {

std::optional<std::string> Describe(std::string_view key, const std::string_view* value) {
  if (IsTruncationKey(key) || Pipelines::IsKey(key)) return std::nullopt;
  return RenderAsJson(key, value == nullptr ? std::optional<std::string>() : std::string(*value));
}

// Every file below `from`. Those of LevelDB are a few megabytes each.
Status CopyTree(Env& env, const std::string& from, const std::string& to) {
  MRD_RETURN_IF_ERROR(env.CreateDir(to, 0700));
  MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> files, env.ListDir(from));
  for (const FileInfo& file : files) {
    const std::string source = from + "/" + file.name;
    const std::string copy = to + "/" + file.name;
    if (file.type == FileType::kDirectory) {
      MRD_RETURN_IF_ERROR(CopyTree(env, source, copy));
    } else if (file.type == FileType::kFile) {
      MRD_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(env, source));
      MRD_ASSIGN_OR_RETURN(const std::unique_ptr<mrd::File> out, env.Create(copy));
      MRD_RETURN_IF_ERROR(out->Append(bytes.data(), bytes.size()));
      MRD_RETURN_IF_ERROR(out->Close());
    }
  }
  return Status::Ok();
}

// The checkpoint and what says whose it is, without the journal, which may be large.
Status CopyCheckpoint(Env& env, const std::string& directory, const std::string& to) {
  MRD_RETURN_IF_ERROR(env.CreateDir(to, 0700));
  MRD_RETURN_IF_ERROR(env.CreateDir(CurrentPath(to), 0700));
  MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> files, env.ListDir(CurrentPath(directory)));
  for (const FileInfo& file : files) {
    if (file.name != "VERSION" && !file.name.starts_with("checkpoint")) continue;
    const std::string source = CurrentPath(directory) + "/" + file.name;
    const std::string copy = CurrentPath(to) + "/" + file.name;
    if (file.type == FileType::kDirectory) {
      MRD_RETURN_IF_ERROR(CopyTree(env, source, copy));
      continue;
    }
    MRD_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(env, source));
    MRD_RETURN_IF_ERROR(WriteFileDurably(env, copy, bytes));
  }
  return Status::Ok();
}

}  // namespace

Status DumpJournalOffline(Env& env, const std::string& path, const DumpLine& line) {
  return DumpJournal(env, path, Describe, line);
}

Status DumpCheckpointOffline(Env& env, const std::string& directory, const std::string& scratch, const DumpLine& line) {
  MRD_RETURN_IF_ERROR(ReadVersion(env, directory).status());
  Result<std::unique_ptr<mrd::File>> lock = LockStorage(env, directory);
  if (!lock.ok()) {
    if (lock.status().code() != Code::kUnavailable) return lock.status();
    return Unavailable("the checkpoint in " + directory +
                       " belongs to a namenode that runs; stop it first, or look at the journal, which can be read "
                       "beside it (mr dfs journal " + directory + ")");
  }
  const std::string copy = scratch + "/mr-checkpoint-" + std::to_string(::getpid());
  Status status = CopyCheckpoint(env, directory, copy);
  if (status.ok()) {
    const DumpLine renamed = [&](std::string_view text) {
      // Nobody wants to know of the copy.
      std::string told(text);
      if (const std::size_t at = told.find(copy); at != std::string::npos && told.starts_with("{\"checkpoint\"")) {
        told.replace(at, copy.size(), directory);
      }
      return line(told);
    };
    status = DumpCheckpoint(env, copy, Describe, renamed);
  }
  const Status removed = RemoveTree(env, copy);
  return status.ok() ? removed : status;
}

}  // namespace mrd::namenode
