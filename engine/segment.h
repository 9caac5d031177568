#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/env.h"
#include "common/base/io_buffer.h"
#include "common/base/status.h"
#include "engine/memory_block.h"
#include "engine/record.h"
#include "engine/record_sorter.h"

namespace mrd::engine {

class SpentSpace;

// Size of an unsigned LEB128 number, and the number itself. Decoding returns nullptr when it runs past `end` or is
// longer than five bytes.
char* PutVarint32(char* out, std::uint32_t value);
const char* GetVarint32Slow(const char* at, const char* end, std::uint32_t* value);
inline const char* GetVarint32(const char* at, const char* end, std::uint32_t* value) {
  if (at < end && static_cast<unsigned char>(*at) < 0x80) [[likely]] {
    *value = static_cast<unsigned char>(*at);
    return at + 1;
  }
  return GetVarint32Slow(at, end, value);
}

// A record as it stands in a segment, at most kRecordOverhead bytes longer than key and value. Returns its end.
inline constexpr std::size_t kRecordOverhead = 10;
char* PutRecordSlow(char* out, std::string_view key, std::string_view value);
inline char* PutRecord(char* out, std::string_view key, std::string_view value) {
  if ((key.size() | value.size()) >= 0x80 || key.empty() || value.empty()) [[unlikely]] {
    return PutRecordSlow(out, key, value);
  }
  *out++ = static_cast<char>(key.size());
  *out++ = static_cast<char>(value.size());
  CopyBytes(out, key.data(), key.size());
  out += key.size();
  CopyBytes(out, value.data(), value.size());
  return out + value.size();
}

// Where one reduce's part of a spill lies.
struct SegmentRange {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // on disk, headers included
  std::uint64_t records = 0;
  std::uint64_t outputs = 1;  // of how many maps, for the counters
};

// Sorted pairs that take the form of records only when they are read. Any number of threads may read.
class RecordFeed {
 public:
  virtual ~RecordFeed() = default;
  // Writes records of segment `reduce` from number `from` on into `buffer`, growing it where one record needs that, and
  // tells their bytes. Returns how many they are: none at the end.
  virtual std::uint64_t Fill(int reduce, std::uint64_t from, IoBuffer* buffer, std::size_t* bytes) const = 0;
};

// Records in memory, in any order, and the entries that tell their order. A reference counts four bytes. kGatherSlack
// bytes behind the last record can be read.
inline constexpr std::size_t kGatherSlack = 16;
struct OrderedRecords {
  std::shared_ptr<const void> owner;
  const char* records = nullptr;
  const SortEntry* entries = nullptr;  // a segment's offset is the number of its first; its bytes are those of records
};

// Sorted pairs of one map task, or of many that shared a table: a finished file, or the records alone, without blocks
// and checksums, in memory, or what makes them. Its order among others decides ties: (map, sequence). The file goes
// with the job's directory; the open file and the memory are shared by all readers.
struct SpillFile {
  std::string path;
  int map = 0;
  int sequence = 0;
  std::shared_ptr<File> file;
  std::shared_ptr<const MemoryBlock> held;  // instead of a file
  std::shared_ptr<const RecordFeed> feed;   // instead of either
  OrderedRecords ordered;                   // or these
  std::vector<SegmentRange> segments;  // one per reduce, from `first_reduce` on
  int first_reduce = 0;                // for who has a single reduce's part alone
  Env* env = nullptr;                  // opens `path` for each reader, when `file` is not set
  // Takes what was read of `file`, where each segment is read once and never again.
  std::shared_ptr<SpentSpace> spent;

  const SegmentRange& segment(int reduce) const { return segments[static_cast<std::size_t>(reduce - first_reduce)]; }
};

// Writes one spill file: segments in ascending order of reduce, records in key order within each. One thread.
class SpillWriter {
 public:
  // When the disk is full the file moves to the first directory of `elsewhere` that takes it, as it is so far; the
  // directory is made when it is not there.
  static Result<std::unique_ptr<SpillWriter>> Create(Env& env,
                                                     std::string path,
                                                     int reduces,
                                                     bool compress,
                                                     std::vector<std::string> elsewhere = {});
  ~SpillWriter();  // an unfinished file is removed

  // Later records belong to segment `reduce`. REQUIRES: not below the current one.
  Status StartSegment(int reduce);
  Status Append(std::string_view key, std::string_view value);
  // Completes the file and opens it for reading, and for giving back its room.
  Result<SpillFile> Finish();

  std::uint64_t bytes_written() const { return file_bytes_ + pending_bytes_; }
  std::uint64_t payload_bytes() const { return payload_bytes_; }  // keys and values alone

 private:
  SpillWriter(Env& env, std::string path, int reduces, bool compress, std::vector<std::string> elsewhere);
  Status MoveOn(Status why);
  Status CopyTo(File& target);
  void MakeRoom(std::size_t bytes);
  void CloseBlock();
  Status Flush();

  Env& env_;
  std::string path_;
  const bool compress_;
  std::vector<std::string> elsewhere_;  // not yet tried
  std::unique_ptr<File> file_;
  bool finished_ = false;
  std::vector<SegmentRange> segments_;
  int current_ = -1;
  std::size_t block_start_ = 0;  // of the open block's header within pending_
  bool block_open_ = false;
  std::vector<char> pending_;    // closed blocks and the open one, then room
  std::size_t pending_bytes_ = 0;
  std::vector<char> scratch_;    // for compression
  std::uint64_t file_bytes_ = 0;
  std::uint64_t payload_bytes_ = 0;
};

// Reads one segment from front to back, verifying each block of a file before its records are handed out. One thread.
class SegmentCursor {
 public:
  // `buffer_bytes` is what one read asks for; a block larger than that is read whole nevertheless.
  SegmentCursor(const SpillFile& spill, int reduce, std::size_t buffer_bytes);

  // Steps to the next record; false at the end and after a failure, which status() tells apart. Views of the previous
  // record end.
  bool Next() {
    if (block_end_ - at_ >= 2 && static_cast<unsigned char>(at_[0]) < 0x80 &&
        static_cast<unsigned char>(at_[1]) < 0x80) [[likely]] {
      const std::size_t key_size = static_cast<unsigned char>(at_[0]);
      const std::size_t value_size = static_cast<unsigned char>(at_[1]);
      if (static_cast<std::size_t>(block_end_ - at_) >= 2 + key_size + value_size) [[likely]] {
        key_ = at_ + 2;
        key_size_ = key_size;
        value_size_ = value_size;
        at_ += 2 + key_size + value_size;
        return true;
      }
    }
    return NextSlow();
  }
  // Asks the processor for the next record's memory ahead of its use.
  void Prefetch() const {
    __builtin_prefetch(at_);
    __builtin_prefetch(at_ + 64);
  }
  const Status& status() const { return status_; }
  std::string_view key() const { return {key_, key_size_}; }
  std::string_view value() const { return {key_ + key_size_, value_size_}; }
  std::uint64_t bytes_read() const { return consumed_; }

 private:
  const char* RecordAt(const SortEntry& entry) const { return ordered_.records + std::size_t{entry.ref} * 4; }
  void Gather();
  bool NextSlow();
  Result<bool> NextBlock();
  bool NextFed();
  Status Damaged(const std::string& what) const;

  OrderedRecords ordered_;
  const SortEntry* entry_ = nullptr;
  const SortEntry* entry_end_ = nullptr;
  std::shared_ptr<const MemoryBlock> held_;
  std::shared_ptr<const RecordFeed> feed_;
  int feed_reduce_ = 0;
  std::uint64_t fed_ = 0;  // records that the feed has given
  std::shared_ptr<File> file_;
  Env* env_ = nullptr;
  std::string path_;
  std::shared_ptr<SpentSpace> spent_;
  std::uint64_t spent_until_ = 0;  // what of the segment it has got, of its room
  std::uint64_t forgotten_until_ = 0;  // and of its memory
  std::uint64_t offset_;  // of the next byte to read into the buffer
  std::uint64_t end_;
  std::uint64_t consumed_ = 0;
  std::size_t buffer_bytes_;
  IoBuffer buffer_;
  std::size_t buffer_used_ = 0;
  std::size_t next_block_ = 0;     // position in the buffer
  std::vector<char> decompressed_;
  const char* at_ = nullptr;       // next record of the current block
  const char* block_end_ = nullptr;
  const char* key_ = nullptr;
  std::size_t key_size_ = 0;
  std::size_t value_size_ = 0;
  Status status_;
};

}  // namespace mrd::engine
