// An input format of the plugin: a record is a block of whole lines instead of one line.
//
// A search for a rare word is over a block in less time than it takes to cut the block into lines, so cutting is left
// out. Key: where the block starts in the file. Value: its bytes, each line with its line end (the file's last line
// perhaps without).
#pragma once

#include <cstring>
#include <memory>
#include <string>

#include <mr/mr.h>

class Blocks : public mr::InputFormat<int64_t, std::string_view> {
 public:
  // A split may begin and end in the middle of a line.
  static constexpr bool splittable = true;

  // A line belongs to the split that its first byte lies in. Hence the first line is skipped if it began before.
  void open(const mr::Split& split, mr::Context& context) {
    file_ = std::make_shared<mr::File>(context.open(split.path));
    start_ = split.start;
    end_ = split.start + split.length;
    read_to_ = start_ == 0 ? 0 : start_ - 1;
    block_at_ = read_to_;
    if (start_ > 0) skip_line();
  }

  bool next(int64_t& offset, std::string_view& block) {
    drop(block_size_);
    block_size_ = 0;
    if (block_at_ >= end_) return false;
    while (!find_block()) {
      if (!fill()) {
        block_size_ = held_;  // the file's last line, without a line end
        break;
      }
    }
    offset = block_at_;
    block = std::string_view(buffer_.data() + from_, block_size_);
    lines_ = mr::count_lines(block);
    return block_size_ > 0;
  }

  // The counters tell of lines, as they do where each is a record.
  int64_t holds() const { return lines_; }

  double progress() const {
    return end_ == start_ ? 1.0 : static_cast<double>(block_at_ - start_) / static_cast<double>(end_ - start_);
  }

 private:
  static constexpr std::size_t kBlockBytes = 256 << 10;  // stays in the cache between reading and searching
  static constexpr std::size_t kLineMaxBytes = 64 << 20;

  // Sets block_size_ to all whole lines that are held and begin before the split's end.
  bool find_block() {
    const char* held = buffer_.data() + from_;
    const int64_t left = end_ - block_at_;  // bytes from the block's start to the split's end
    const void* line_end = nullptr;
    if (static_cast<int64_t>(held_) >= left) {
      // The last line of the split ends at the first line end from the split's last byte on.
      line_end = std::memchr(held + left - 1, '\n', held_ - static_cast<std::size_t>(left) + 1);
    } else {
      line_end = memrchr(held, '\n', held_);
    }
    if (line_end == nullptr) return false;
    block_size_ = static_cast<std::size_t>(static_cast<const char*>(line_end) - held) + 1;
    return true;
  }

  void skip_line() {
    while (true) {
      const void* line_end = std::memchr(buffer_.data() + from_, '\n', held_);
      if (line_end != nullptr) {
        drop(static_cast<std::size_t>(static_cast<const char*>(line_end) - buffer_.data()) + 1 - from_);
        return;
      }
      drop(held_);
      if (!fill()) return;
    }
  }

  // Reads on behind what is held; false at the end of the file.
  bool fill() {
    if (held_ > kLineMaxBytes) {
      throw mr::Error("the line at byte " + std::to_string(block_at_) + " is longer than " +
                      std::to_string(kLineMaxBytes) + " bytes, which is as much as is held at once");
    }
    std::memmove(buffer_.data(), buffer_.data() + from_, held_);
    from_ = 0;
    if (buffer_.size() < held_ + kBlockBytes) buffer_.resize(held_ + kBlockBytes);
    const std::size_t got = file_->read(read_to_, buffer_.data() + held_, kBlockBytes);
    read_to_ += static_cast<int64_t>(got);
    held_ += got;
    return got > 0;
  }

  void drop(std::size_t bytes) {
    from_ += bytes;
    held_ -= bytes;
    block_at_ += static_cast<int64_t>(bytes);
  }

  std::shared_ptr<mr::File> file_;  // shared because a format must be copyable, and a file is not
  int64_t start_ = 0;               // of the split
  int64_t end_ = 0;                 // of the split
  int64_t read_to_ = 0;             // the next byte of the file to read
  int64_t block_at_ = 0;            // where in the file the held bytes start
  std::string buffer_;
  std::size_t from_ = 0;  // the held bytes: buffer_[from_ … from_ + held_)
  std::size_t held_ = 0;
  std::size_t block_size_ = 0;  // of the block that was given out last
  int64_t lines_ = 0;           // in it
};
