#pragma once

#include <memory>

#include "common/fs/file_system.h"

namespace mrd::formats {

// Levels of deflate: 1 is fastest, 9 smallest. Level 1 makes text about 2.2 times smaller, 6 about 2.7 times, at a
// fifth of the speed.
inline constexpr int kGzipLevelDefault = 1;

// Compresses what is appended into one gzip member and writes it to `file`, which it owns. The bytes depend on the data
// and the level alone, not on how the data was cut into Append() calls, the time, or the processor: see
// docs/decisions/0001-gzip-output-by-zlib.md. Closing without any data gives a valid gzip file of nothing.
// After a failed call every further call fails in the same way. Errors come from `file`. REQUIRES: level 1 … 9.
std::unique_ptr<fs::OutputFile> MakeGzipWriter(std::unique_ptr<fs::OutputFile> file,
                                               int level = kGzipLevelDefault);

}  // namespace mrd::formats
