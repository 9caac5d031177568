#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::formats {

// Unpacks .zip, .jar, .tar, .tar.gz and .tgz below `directory`, which must exist. Files, directories, and links that
// stay inside; a name that would leave the directory is kInvalidArgument and nothing further is unpacked. Kind and
// compression are told by the content. Errors name archive and entry.
Status UnpackArchive(Env& env, const std::string& archive, const std::string& directory);

// Writes an uncompressed tar of regular files whose bytes depend on names, modes and contents alone: no times, no owners.
// Bytes leave through the sink as they come; its first error ends the writing and is what every later call returns. Not
// thread-safe.
class TarWriter {
 public:
  using Sink = std::function<Status(std::string_view bytes)>;
  explicit TarWriter(Sink sink);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // Begins a file of exactly `size` bytes, which the following calls of Append() give. `name` is relative.
  Status Begin(const std::string& name, std::uint32_t mode, std::uint64_t size);
  Status Append(const char* data, std::size_t size);
  // kInvalidArgument, naming the file, when the last one got fewer bytes than announced.
  Status Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrd::formats
