// The records of the sort benchmark: 100 bytes, of which the first 10 are the key. Nothing separates them.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include <mr/mr.h>

namespace tera {

constexpr std::size_t kKeyBytes = 10;
constexpr std::size_t kRecordBytes = 100;
constexpr std::size_t kBlockRecords = 2048;

inline std::string_view key_of(const char* record) { return {record, kKeyBytes}; }
inline std::string_view value_of(const char* record) { return {record + kKeyBytes, kRecordBytes - kKeyBytes}; }

// Reads many records at a time: the value is a block of them, the key the number of its first record in the file.
// kSplittable says whether several tasks may share a file.
template <bool kSplittable>
class Blocks : public mr::InputFormat<int64_t, std::string_view> {
 public:
  static constexpr bool splittable = kSplittable;

  // A record belongs to the split that its first byte lies in.
  void open(const mr::Split& split, mr::Context& context) {
    constexpr auto kSize = static_cast<int64_t>(kRecordBytes);
    file_ = std::make_shared<mr::File>(context.open(split.path));
    if (const int64_t size = file_->size(); size % kSize != 0) {
      throw mr::Error(std::string(split.path) + ": its " + std::to_string(size) +
                      " bytes are no whole number of records of 100 bytes; it was cut short, or is something else");
    }
    first_ = next_ = (split.start + kSize - 1) / kSize;
    end_ = (split.start + split.length + kSize - 1) / kSize;
    block_ = std::make_shared<Block>();
  }

  bool next(int64_t& first, std::string_view& block) {
    if (next_ >= end_) return false;
    const auto wanted = static_cast<std::size_t>(std::min<int64_t>(end_ - next_, kBlockRecords)) * kRecordBytes;
    std::size_t size = 0;
    while (size < wanted) {
      const int64_t at = next_ * static_cast<int64_t>(kRecordBytes) + static_cast<int64_t>(size);
      const std::size_t got = file_->read(at, block_->bytes + size, wanted - size);
      if (got == 0) throw mr::Error("the file became shorter while it was read");
      size += got;
    }
    first = next_;
    block = std::string_view(block_->bytes, size);
    held_ = static_cast<int64_t>(size / kRecordBytes);
    next_ += held_;
    return true;
  }

  // The counters tell of records, not of blocks.
  int64_t holds() const { return held_; }

  double progress() const {
    return end_ == first_ ? 1.0 : static_cast<double>(next_ - first_) / static_cast<double>(end_ - first_);
  }

 private:
  // At a cache line, to which files are read faster.
  struct alignas(64) Block {
    char bytes[kBlockRecords * kRecordBytes];
  };

  std::shared_ptr<mr::File> file_;  // shared because a format must be copyable, and a file is not
  int64_t first_ = 0;               // records, as are the others
  int64_t next_ = 0;
  int64_t end_ = 0;
  int64_t held_ = 0;  // within the block that was given out last
  std::shared_ptr<Block> block_;
};

// Writes key and value with nothing between or after them. REQUIRES: they are those of a record, 100 bytes in all.
class Output : public mr::OutputFormat<std::string_view, std::string_view> {
 public:
  void open(mr::File& file, mr::Context&) {
    file_ = &file;
    buffer_.resize(kBufferBytes);
  }
  void write(std::string_view key, std::string_view value) {
    if (used_ + key.size() + value.size() > kBufferBytes) flush();
    put(key);
    put(value);
  }
  void close() { flush(); }

 private:
  static constexpr std::size_t kBufferBytes = 256 << 10;

  void put(std::string_view bytes) {
    std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  void flush() {
    file_->write(std::string_view(buffer_.data(), used_));
    used_ = 0;
  }

  mr::File* file_ = nullptr;
  std::string buffer_;
  std::size_t used_ = 0;
};

// The CRC32 of zlib and gzip, eight bytes at a step.
class Crc32 {
 public:
  Crc32() {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
      tables_[0][byte] = crc;
    }
    for (std::size_t t = 1; t < tables_.size(); ++t) {
      for (std::size_t byte = 0; byte < 256; ++byte) {
        const uint32_t before = tables_[t - 1][byte];
        tables_[t][byte] = before >> 8 ^ tables_[0][before & 255];
      }
    }
  }

  uint32_t of(const char* data, std::size_t size) const {
    uint32_t crc = ~0u;
    for (; size >= 8; data += 8, size -= 8) {
      uint32_t low = 0;
      uint32_t high = 0;
      std::memcpy(&low, data, 4);
      std::memcpy(&high, data + 4, 4);
      low ^= crc;
      crc = tables_[7][low & 255] ^ tables_[6][low >> 8 & 255] ^ tables_[5][low >> 16 & 255] ^ tables_[4][low >> 24] ^
            tables_[3][high & 255] ^ tables_[2][high >> 8 & 255] ^ tables_[1][high >> 16 & 255] ^
            tables_[0][high >> 24];
    }
    for (; size > 0; ++data, --size) crc = crc >> 8 ^ tables_[0][(crc ^ static_cast<uint8_t>(*data)) & 255];
    return ~crc;
  }

 private:
  std::array<std::array<uint32_t, 256>, 8> tables_;
};

}  // namespace tera
