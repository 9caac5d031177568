#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/xxh3.h"
#include "common/fs/file_system.h"
#include "engine/attempt.h"
#include "engine/manifest.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

// A file being written: buffers, hashes what reaches the file, compresses first where asked. One thread. Destroying it
// before Close() leaves an incomplete file in the attempt's directory, which never gets published.
class OutputStream {
 public:
  // `name` is relative to the output directory and what the manifest will say; `compress` adds gzip.
  static Result<std::unique_ptr<OutputStream>> Create(fs::FileSystem& system,
                                                      const fs::Path& directory,
                                                      std::string name,
                                                      bool compress);
  ~OutputStream();

  Status Append(const char* data, std::size_t size) {
    if (size <= capacity_ - used_) [[likely]] {
      std::memcpy(buffer_.get() + used_, data, size);
      used_ += size;
      return Status::Ok();
    }
    return AppendSlow(data, size);
  }
  // Room for `size` bytes in the buffer, which Advance() then takes, or nullptr when the piece is too large for it.
  char* Reserve(std::size_t size) {
    if (size <= capacity_ - used_) [[likely]] return buffer_.get() + used_;
    return ReserveSlow(size);
  }
  void Advance(std::size_t size) { used_ += size; }
  Status Close();

  std::uint64_t records = 0;
  // Facts of the closed file.
  ManifestPart Part() const;

 private:
  class HashingFile;

  OutputStream() = default;
  Status AppendSlow(const char* data, std::size_t size);
  char* ReserveSlow(std::size_t size);
  Status Flush();

  std::string name_;
  std::unique_ptr<fs::OutputFile> file_;  // the outermost: compressor or hasher
  struct Facts {
    std::uint64_t bytes = 0;
    Xxh3Hasher128 hasher;
  };
  std::shared_ptr<Facts> facts_;  // filled by the hashing file below the compressor
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  Status failure_;
};

// Turns pairs into the records of one output: text lines, or what the plugin's output format makes of them. Creates
// its file at once, or with the first pair when lazy. One thread, the attempt's.
class OutputWriter {
 public:
  OutputWriter(Attempt& attempt, std::string base_name, const mr_output_format* format, bool lazy);
  ~OutputWriter();

  Status Open();  // does nothing when lazy
  Status Write(mr_bytes key, mr_bytes value) {
    if (stream_ == nullptr) MRD_RETURN_IF_ERROR(Start());
    ++stream_->records;
    if (format_ != nullptr) return WriteByFormat(key, value);
    const std::size_t separator = key.data != nullptr && value.data != nullptr ? separator_.size() : 0;
    const std::size_t size = key.size + separator + value.size + 1;
    char* out = stream_->Reserve(size);
    if (out == nullptr) [[unlikely]] return WriteLarge(key, value);
    if (key.size != 0) std::memcpy(out, key.data, key.size);
    out += key.size;
    if (separator != 0) std::memcpy(out, separator_.data(), separator);
    out += separator;
    if (value.size != 0) std::memcpy(out, value.data, value.size);
    out[value.size] = '\n';
    stream_->Advance(size);
    return Status::Ok();
  }
  Status Close();

  int32_t representation() const {
    return format_ == nullptr ? static_cast<int32_t>(MR_REPRESENTATION_TEXT) : format_->representation;
  }
  // After Close(): empty when nothing was created.
  std::vector<ManifestPart> Parts() const;

 private:
  Status Start();
  Status WriteByFormat(mr_bytes key, mr_bytes value);
  Status WriteLarge(mr_bytes key, mr_bytes value);

  Attempt& attempt_;
  const std::string base_name_;
  const mr_output_format* const format_;
  const bool lazy_;
  const std::string separator_;
  std::unique_ptr<OutputStream> stream_;
  void* format_writer_ = nullptr;
};

// The outputs of an attempt beside its part file, opened when first asked for.
class NamedOutputs {
 public:
  explicit NamedOutputs(Attempt& attempt) : attempt_(attempt) {}

  // kInvalidArgument for a name that the job did not declare or that is no file name.
  Result<std::uint32_t> Find(std::string_view name);
  Status Write(std::uint32_t handle, mr_bytes key, mr_bytes value);
  Status Close();
  std::vector<ManifestPart> Parts() const;
  std::uint64_t records() const;

 private:
  Attempt& attempt_;
  std::vector<std::pair<std::string, std::unique_ptr<OutputWriter>>> writers_;
};

}  // namespace mrd::engine
