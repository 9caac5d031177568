// Files that a stage or a format reads and writes, on whatever file system the job runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "abi.h"
#include "bytes.h"
#include "task.h"

namespace mr {

// An open file. Reading is positioned, or line by line; writing goes to the end. A created file is complete only after
// close(), which throws if it is not. Every failure ends the attempt with the host's message.
class File {
 public:
  File(mr_task* task, mr_file* file, bool owned = true) : task_(task), file_(file), owned_(owned) {}
  File(File&& other) noexcept { swap(other); }
  File& operator=(File&& other) noexcept {
    File moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~File() {
    if (file_ != nullptr && owned_) task_->api->file_close(file_);
  }

  std::int64_t size() const {
    std::int64_t size = 0;
    must(task_->api->file_size(file_, &size));
    return size;
  }
  // Up to `size` bytes from `offset`; 0 at the end.
  std::size_t read(std::int64_t offset, char* buffer, std::size_t size) const {
    std::size_t got = 0;
    must(task_->api->file_read(file_, offset, buffer, size, &got));
    return got;
  }
  std::string read_all() const {
    std::string content;
    constexpr std::size_t kStep = 1 << 16;
    while (true) {
      const std::size_t before = content.size();
      content.resize(before + kStep);
      const std::size_t got = read(static_cast<std::int64_t>(before), content.data() + before, kStep);
      content.resize(before + got);
      if (got == 0) return content;
    }
  }
  // The next line without its line end; false at the end. The view stays valid until the next call.
  bool read_line(std::string_view& line) {
    while (true) {
      const std::size_t end = buffer_.find('\n', line_start_);
      if (end != std::string::npos) {
        line = std::string_view(buffer_).substr(line_start_, end - line_start_);
        line_start_ = end + 1;
        break;
      }
      if (!fill()) {
        if (line_start_ == buffer_.size()) return false;
        line = std::string_view(buffer_).substr(line_start_);
        line_start_ = buffer_.size();
        break;
      }
    }
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return true;
  }

  void write(std::string_view bytes) { must(task_->api->file_write(file_, bytes.data(), bytes.size())); }
  void close() {
    mr_file* file = std::exchange(file_, nullptr);
    if (file != nullptr && owned_) must(task_->api->file_close(file));
  }

 private:
  static void must(std::int32_t code) {
    if (code != MR_OK) throw detail::Unwind{};
  }
  bool fill() {
    buffer_.erase(0, line_start_);
    line_start_ = 0;
    constexpr std::size_t kStep = 1 << 16;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kStep);
    const std::size_t got = read(read_to_, buffer_.data() + before, kStep);
    buffer_.resize(before + got);
    read_to_ += static_cast<std::int64_t>(got);
    return got != 0;
  }
  void swap(File& other) noexcept {
    std::swap(task_, other.task_);
    std::swap(file_, other.file_);
    std::swap(owned_, other.owned_);
    std::swap(buffer_, other.buffer_);
    std::swap(line_start_, other.line_start_);
    std::swap(read_to_, other.read_to_);
  }

  mr_task* task_ = nullptr;
  mr_file* file_ = nullptr;
  bool owned_ = true;
  std::string buffer_;  // of read_line()
  std::size_t line_start_ = 0;
  std::int64_t read_to_ = 0;
};

}  // namespace mr
