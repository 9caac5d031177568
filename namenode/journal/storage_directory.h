#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "dfs/types.h"

namespace mrd::namenode {

// A directory of dfs.namenode.name.dir:
//
//   DIR/in_use.lock         locked by the namenode that runs
//   DIR/current/VERSION     which file system it is of
//   DIR/current/edits_*     the journal
//   DIR/current/checkpoint  the checkpoint, with its mark beside it
//
// VERSION is text: "name=value" lines, '#' begins a comment. docs/formats.md lists the names.

inline constexpr int kStorageLayoutVersion = 1;

std::string CurrentPath(const std::string& directory);

std::string EncodeVersion(const dfs::NamespaceInfo& info);
// kUnimplemented for a layout of a later time, kCorruption for anything else that does not parse.
Result<dfs::NamespaceInfo> DecodeVersion(std::string_view text);

// kNotFound when the directory is absent or not formatted. Messages name the directory.
Result<dfs::NamespaceInfo> ReadVersion(Env& env, const std::string& directory);

// Holds the directory for this process until destroyed. kUnavailable when another process has it.
Result<std::unique_ptr<mrd::File>> LockStorage(Env& env, const std::string& directory);

// Notes in VERSION that the file system in the directory has edits, and whether that was noted: without it a directory of
// which VERSION alone is left would pass for a new one.
Status MarkUsed(Env& env, const std::string& directory);
Result<bool> IsMarkedUsed(Env& env, const std::string& directory);

struct FormatRequest {
  std::vector<std::string> directories;  // made with their parents
  dfs::NamespaceInfo info;
  bool force = false;  // removes what is there
};
enum class FormatOutcome { kFormatted, kAlreadyFormatted };

// Makes the directories those of a new, empty file system. Does nothing when all of them are of the same cluster id
// already. kFailedPrecondition, and nothing is changed, when one holds anything else and `force` is not set;
// kUnavailable when a namenode runs on one. When it fails half-way, doing it again with `force` mends that.
Result<FormatOutcome> FormatStorage(Env& env, const FormatRequest& request);

// Makes one more directory of a file system that exists. REQUIRES: ReadVersion() said kNotFound of it.
// kFailedPrecondition when it holds files of something else.
Status JoinStorage(Env& env, const std::string& directory, const dfs::NamespaceInfo& info);

}  // namespace mrd::namenode
