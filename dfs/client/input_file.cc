#include "dfs/client/input_file.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace mrd::dfs::client {
namespace {

// Reads below this are served from a buffer of this size; larger ones go to the caller's memory at once.
constexpr std::size_t kBufferBytes = 1 << 20;

}  // namespace

InputFile::InputFile(std::shared_ptr<Context> context, std::string path)
    : context_(std::move(context)),
      reader_(std::make_unique<FileReader>(*context_, std::move(path))),
      local_(context_->options, context_->tokens) {}

InputFile::~InputFile() {
  auto drop = [this]() -> awaitable<void> {
    reader_.reset();
    co_return;
  };
  context_->Run<void>(drop);
}

Result<std::unique_ptr<fs::InputFile>> InputFile::Open(std::shared_ptr<Context> context, std::string path) {
  std::unique_ptr<InputFile> file(new InputFile(context, std::move(path)));
  auto open = [&] { return file->reader_->Open(); };
  MRD_RETURN_IF_ERROR(context->Run<Status>(open));
  file->length_ = file->reader_->length();
  return std::unique_ptr<fs::InputFile>(std::move(file));
}

Status InputFile::ReadFromStream(std::uint64_t offset, char* out, std::size_t size) {
  auto read = [&] { return reader_->ReadOn(offset, out, size); };
  return context_->Run<Status>(read);
}

// Reads on where the last read ended. REQUIRES: sequential_ is held.
Status InputFile::ReadOn(std::uint64_t offset, char* out, std::size_t size) {
  const std::uint64_t buffered_to = buffer_offset_ + buffer_.size();
  if (offset >= buffer_offset_ && offset < buffered_to) {
    const std::size_t part = std::min<std::uint64_t>(size, buffered_to - offset);
    std::memcpy(out, buffer_.data() + (offset - buffer_offset_), part);
    offset += part;
    out += part;
    size -= part;
    if (size == 0) return Status::Ok();
  }
  if (size >= kBufferBytes) return ReadFromStream(offset, out, size);
  buffer_.resize(std::min<std::uint64_t>(kBufferBytes, length_ - offset));
  buffer_offset_ = offset;
  if (Status read = ReadFromStream(offset, buffer_.data(), buffer_.size()); !read.ok()) {
    buffer_.clear();
    return read;
  }
  std::memcpy(out, buffer_.data(), size);
  return Status::Ok();
}

std::optional<Status> InputFile::ReadLocally(std::uint64_t offset, char* out, std::size_t size) {
  while (size > 0) {
    std::shared_ptr<LocalReplica> replica = local_.Known(offset);
    if (replica == nullptr) {
      if (local_.KnownRemote(offset)) return std::nullopt;
      auto find = [&] { return reader_->blocks().Find(offset); };
      const Result<LocatedBlock> block = context_->Run<Result<LocatedBlock>>(find);
      if (!block.ok()) return block.status();
      // Its files change under us; the datanode knows how much of them counts.
      if (reader_->blocks().IsBeingWritten(block->block.block.id)) {
        local_.KeepRemote(*block);
        return std::nullopt;
      }
      replica = local_.Open(*block);
      if (replica == nullptr) return std::nullopt;
    }
    const std::size_t part = std::min<std::uint64_t>(size, replica->end() - offset);
    if (const Status read = local_.Read(*replica, offset, out, part); !read.ok()) {
      local_.Forget(*replica);  // the datanodes may have better bytes, or will say what is wrong
      return std::nullopt;
    }
    offset += part;
    out += part;
    size -= part;
  }
  return Status::Ok();
}

Result<std::size_t> InputFile::ReadAt(std::uint64_t offset, char* out, std::size_t size) {
  if (offset >= length_ || size == 0) return std::size_t{0};
  size = std::min<std::uint64_t>(size, length_ - offset);
  std::optional<Status> read;
  if (local_.enabled()) read = ReadLocally(offset, out, size);
  if (!read) {
    std::unique_lock lock(sequential_, std::try_to_lock);
    if (lock.owns_lock() && offset == next_offset_ && offset > 0) {
      read = ReadOn(offset, out, size);
    } else {
      auto read_range = [&] { return reader_->ReadAt(offset, out, size); };
      read = context_->Run<Status>(read_range);
    }
    if (lock.owns_lock()) next_offset_ = offset + size;
  }
  MRD_RETURN_IF_ERROR(*read);
  context_->statistics.bytes_read.fetch_add(size, std::memory_order_relaxed);
  return size;
}

}  // namespace mrd::dfs::client
