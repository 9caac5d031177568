#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "common/base/status.h"
#include "common/fs/file_system.h"

namespace mrd::formats {

// A stream of bytes, read from front to back: a range of a file, or what a compressed file holds. One thread at a time.
// After an error every further Read() gives the same error.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads between 1 and `size` bytes; 0 only at the end. REQUIRES: size > 0. Bytes of a compressed stream are handed
  // out before its checksum is known, so a caller whose later Read() fails must drop what it made of them.
  virtual Result<std::size_t> Read(char* out, std::size_t size) = 0;
  // Bytes of the stored file that have been used so far, compressed where the file is. For progress and for counting.
  virtual std::uint64_t consumed() const = 0;
};

// Bytes [start, start + length) of `file`, or to the file's end where that comes first. Unbuffered: each Read() is one
// ReadAt() of the same size.
std::unique_ptr<ByteSource> MakeFileSource(
    std::unique_ptr<fs::InputFile> file,
    std::uint64_t start = 0,
    std::uint64_t length = std::numeric_limits<std::uint64_t>::max());

}  // namespace mrd::formats
