#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/fs/file_system.h"
#include "formats/byte_source.h"

namespace mrd::formats {

// A file whose content is a string. Reads at `fail_from` and beyond fail with kIo.
class MemoryInput : public fs::InputFile {
 public:
  explicit MemoryInput(std::string content, std::size_t fail_from = std::string::npos)
      : content_(std::move(content)), fail_from_(fail_from) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, char* out, std::size_t size) override {
    if (offset >= fail_from_) return IoError("memory file: made to fail");
    if (offset >= content_.size()) return std::size_t{0};
    size = std::min(size, content_.size() - static_cast<std::size_t>(offset));
    std::copy_n(content_.data() + offset, size, out);
    return size;
  }

  Result<std::uint64_t> Size() override { return std::uint64_t{content_.size()}; }

 private:
  const std::string content_;
  const std::size_t fail_from_;
};

// Where a MemoryOutput leaves what it was given; outlives it.
struct WrittenFile {
  std::string content;
  bool closed = false;
  std::size_t capacity = std::string::npos;  // appending beyond it fails as a full disk does
};

class MemoryOutput : public fs::OutputFile {
 public:
  explicit MemoryOutput(WrittenFile& file) : file_(file) {}

  Status Append(const char* data, std::size_t size) override {
    if (file_.content.size() + size > file_.capacity) return ResourceExhausted("memory file: full");
    file_.content.append(data, size);
    return Status::Ok();
  }
  Status Close() override {
    file_.closed = true;
    return Status::Ok();
  }

 private:
  WrittenFile& file_;
};

// Reads to the end in pieces of `piece` bytes.
inline Result<std::string> ReadAll(ByteSource& source, std::size_t piece = 4096) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, source.Read(buffer.data(), buffer.size()));
    if (got == 0) return all;
    all.append(buffer, 0, got);
  }
}

}  // namespace mrd::formats
