#pragma once

#include <memory>

#include "common/base/env.h"
#include "common/fs/file_system.h"

namespace mrd::fs {

// The machine's own files, through `env`, which must outlive it. Paths are absolute, with scheme "file" or none; those
// in a FileStatus have none. Block size as reported: 32 MiB, like Hadoop's. A listing follows links and leaves out those
// that lead nowhere, as Hadoop does.
std::shared_ptr<FileSystem> MakeLocalFileSystem(Env& env);

}  // namespace mrd::fs
