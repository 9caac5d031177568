#pragma once

#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/fs/file_system.h"

namespace mrd::fs {

// Hadoop's patterns: * ? [abc] [a-b] [^a] {ab,cd} (nested braces too), backslash takes the next character literally.
// No wildcard matches '/'; braces may contain '/'.
bool HasGlob(std::string_view text);
// kInvalidArgument naming pattern and position for an unclosed bracket or brace.
Result<bool> GlobMatches(std::string_view pattern, std::string_view name);

// All paths that match, sorted by path; a path without wildcard gives itself if it exists. An empty list when nothing
// does (the caller decides whether that is an error). `path` must be qualified.
Result<std::vector<FileStatus>> Glob(FileSystem& fs, const Path& path);

}  // namespace mrd::fs
