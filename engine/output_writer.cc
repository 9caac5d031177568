#include "engine/output_writer.h"

#include <algorithm>

#include "engine/attempt_files.h"
#include "engine/ids.h"
#include "formats/codec.h"

namespace mrd::engine {

namespace {
// Large enough that system calls do not matter, small enough to stay in the second-level cache.
constexpr std::size_t kBufferBytes = 256 << 10;
}  // namespace

// Sits between compressor and file system: counts and hashes the bytes as they are stored.
class OutputStream::HashingFile : public fs::OutputFile {
 public:
  HashingFile(std::unique_ptr<fs::OutputFile> file, std::shared_ptr<Facts> facts)
      : file_(std::move(file)), facts_(std::move(facts)) {}
  Status Append(const char* data, std::size_t size) override {
    facts_->hasher.Update(data, size);
    facts_->bytes += size;
    return file_->Append(data, size);
  }
  Status Close() override { return file_->Close(); }

 private:
  std::unique_ptr<fs::OutputFile> file_;
  std::shared_ptr<Facts> facts_;
};

OutputStream::~OutputStream() = default;

Result<std::unique_ptr<OutputStream>> OutputStream::Create(fs::FileSystem& system,
                                                           const fs::Path& directory,
                                                           std::string name,
                                                           bool compress) {
  const formats::Codec codec = compress ? formats::Codec::kGzip : formats::Codec::kNone;
  name += formats::SuffixOf(codec);
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<fs::OutputFile> file,
                       system.Create(directory.Child(name), /*overwrite=*/false));
  std::unique_ptr<OutputStream> stream(new OutputStream);
  stream->name_ = std::move(name);
  stream->facts_ = std::make_shared<Facts>();
  stream->file_ = formats::MakeCompressor(
      codec, std::make_unique<HashingFile>(std::move(file), stream->facts_));
  stream->buffer_ = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  stream->capacity_ = kBufferBytes;
  return stream;
}

Status OutputStream::Flush() {
  if (!failure_.ok()) return failure_;
  if (used_ == 0) return Status::Ok();
  failure_ = file_->Append(buffer_.get(), used_);
  used_ = 0;
  return failure_;
}

Status OutputStream::AppendSlow(const char* data, std::size_t size) {
  MRD_RETURN_IF_ERROR(Flush());
  if (size >= capacity_ / 2) return failure_ = file_->Append(data, size);
  std::memcpy(buffer_.get(), data, size);
  used_ = size;
  return Status::Ok();
}

char* OutputStream::ReserveSlow(std::size_t size) {
  if (size > capacity_ || !Flush().ok()) return nullptr;
  return buffer_.get();
}

Status OutputStream::Close() {
  MRD_RETURN_IF_ERROR(Flush());
  return file_->Close();
}

ManifestPart OutputStream::Part() const {
  ManifestPart part;
  part.name = name_;
  part.bytes = facts_->bytes;
  part.records = records;
  part.hash = facts_->hasher.HexDigest();
  return part;
}

OutputWriter::OutputWriter(Attempt& attempt, std::string base_name, const mr_output_format* format, bool lazy)
    : attempt_(attempt),
      base_name_(std::move(base_name)),
      format_(format),
      lazy_(lazy),
      separator_(attempt.job().settings.output_separator) {}

OutputWriter::~OutputWriter() {
  // Reached with an open format only after a failure: the plugin still gets to free its writer.
  if (format_writer_ != nullptr) format_->close(format_writer_);
}

Status OutputWriter::Open() { return lazy_ ? Status::Ok() : Start(); }

Status OutputWriter::Start() {
  std::string name = PartName(base_name_, attempt_.is_map(), attempt_.number());
  if (format_ != nullptr && format_->extension != nullptr) name += format_->extension;
  MRD_ASSIGN_OR_RETURN(stream_, attempt_.CreateOutput(name, attempt_.job().settings.compress_output));
  if (format_ == nullptr) return Status::Ok();
  format_writer_ = format_->open(format_->self, &attempt_, attempt_.files().Wrap(*stream_));
  if (format_writer_ != nullptr) return Status::Ok();
  return attempt_.failed() ? attempt_.failure() : Internal("the output format could not open " + name);
}

Status OutputWriter::WriteByFormat(mr_bytes key, mr_bytes value) {
  if (format_->write(format_writer_, key, value) == MR_OK) return Status::Ok();
  return attempt_.failed() ? attempt_.failure() : Internal("the output format failed without saying why");
}

Status OutputWriter::WriteLarge(mr_bytes key, mr_bytes value) {
  if (key.size != 0) MRD_RETURN_IF_ERROR(stream_->Append(key.data, key.size));
  if (key.data != nullptr && value.data != nullptr) {
    MRD_RETURN_IF_ERROR(stream_->Append(separator_.data(), separator_.size()));
  }
  if (value.size != 0) MRD_RETURN_IF_ERROR(stream_->Append(value.data, value.size));
  return stream_->Append("\n", 1);
}

Status OutputWriter::Close() {
  if (stream_ == nullptr) return Status::Ok();
  if (format_writer_ != nullptr) {
    void* writer = std::exchange(format_writer_, nullptr);
    if (format_->close(writer) != MR_OK) {
      return attempt_.failed() ? attempt_.failure() : Internal("the output format failed while closing");
    }
  }
  return stream_->Close();
}

std::vector<ManifestPart> OutputWriter::Parts() const {
  if (stream_ == nullptr) return {};
  return {stream_->Part()};
}

Result<std::uint32_t> NamedOutputs::Find(std::string_view name) {
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    if (writers_[i].first == name) return static_cast<std::uint32_t>(i);
  }
  // "name" or "directory/name": what stands before the first slash must have been declared.
  const std::string declared(name.substr(0, name.find('/')));
  const auto& known = attempt_.job().definition.named_outputs;
  const auto found = known.find(declared);
  if (found == known.end()) {
    std::string message = "named output \"" + declared + "\" was not declared by the job; declared are:";
    for (const auto& [other, output] : known) message += " " + other;
    return InvalidArgument(known.empty() ? "named output \"" + declared + "\" was not declared by the job"
                                         : message);
  }
  if (declared == "part" || name.find("..") != std::string_view::npos || name.back() == '/' ||
      declared.empty() || declared[0] == '_' || declared[0] == '.') {
    return InvalidArgument("named output \"" + std::string(name) +
                           "\": not usable as a file name (\"part\", a leading _ or . and \"..\" are taken)");
  }
  const mr_output_format* format =
      found->second.format.has_value() ? &*found->second.format : attempt_.output_format();
  auto writer = std::make_unique<OutputWriter>(attempt_, std::string(name), format, /*lazy=*/true);
  writers_.emplace_back(std::string(name), std::move(writer));
  return static_cast<std::uint32_t>(writers_.size() - 1);
}

Status NamedOutputs::Write(std::uint32_t handle, mr_bytes key, mr_bytes value) {
  if (handle >= writers_.size()) return InvalidArgument("write to a named output that was not opened");
  return writers_[handle].second->Write(key, value);
}

Status NamedOutputs::Close() {
  for (auto& [name, writer] : writers_) MRD_RETURN_IF_ERROR(writer->Close());
  return Status::Ok();
}

std::vector<ManifestPart> NamedOutputs::Parts() const {
  std::vector<ManifestPart> parts;
  for (const auto& [name, writer] : writers_) {
    for (ManifestPart& part : writer->Parts()) parts.push_back(std::move(part));
  }
  return parts;
}

std::uint64_t NamedOutputs::records() const {
  std::uint64_t sum = 0;
  for (const ManifestPart& part : Parts()) sum += part.records;
  return sum;
}

}  // namespace mrd::engine
