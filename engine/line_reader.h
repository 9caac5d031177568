#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/io_buffer.h"
#include "common/base/status.h"
#include "formats/byte_source.h"

namespace mrd::engine {

struct Line {
  const char* text;
  std::size_t size;      // without its end
  std::uint64_t offset;  // of its first byte in the (uncompressed) file
};

// Cuts bytes into lines. A line ends at LF, CR or CRLF, or at a delimiter of the user's; what follows the last end is a
// line too unless it is empty. Any bytes may stand in a line.
//
// A line belongs to the range in which its first byte lies: a reader that starts in the middle of a file reads from
// one end's length before its start to find the first line that begins at or after it, and reads on past its end to
// finish its last line. So the lines of adjoining ranges are the file's lines, wherever it is cut.
//
// Memory: one buffer of 256 KiB, which grows up to `limit_bytes` more for a long line. A longer one is
// kResourceExhausted. One thread.
class LineReader {
 public:
  struct Options {
    std::string delimiter;  // empty: LF, CR or CRLF
    std::uint64_t limit_bytes = 64 << 20;
  };

  // `source` gives the file's bytes from `source_offset` on, beyond `end` if there are more; lines that begin in
  // [begin, end) are read. source_offset is begin, or LookBehind() less when begin > 0.
  LineReader(std::unique_ptr<formats::ByteSource> source,
             std::uint64_t source_offset,
             std::uint64_t begin,
             std::uint64_t end,
             Options options);

  // Replaces `lines` by the next ones, at most `max`; empty at the end. Views are valid until the next call.
  Status Next(std::size_t max, std::vector<Line>* lines);

  // Bytes of the stored file used so far.
  std::uint64_t consumed() const { return source_->consumed(); }
  // Those of them before the next line: an estimate where the file is compressed.
  std::uint64_t position() const;
  // How far before `begin` a source must start to tell whether a line begins there.
  static std::uint64_t LookBehind(const std::string& delimiter) {
    return delimiter.empty() ? 1 : delimiter.size();
  }

 private:
  Status Fill();
  Status SkipToFirst();
  // Finds the end of the line that begins at `from`: its position and length. False: not within the buffer.
  bool FindEnd(std::size_t from, std::size_t* at, std::size_t* length) const;
  void TakeFromBlocks(std::size_t max, std::vector<Line>* lines);
  Status LineTooLong() const;

  std::unique_ptr<formats::ByteSource> source_;
  const Options options_;
  const std::uint64_t begin_;
  const std::uint64_t end_;
  IoBuffer buffer_;
  std::uint64_t buffer_offset_;        // of buffer_[0] in the file, modulo 2^64 where front_ is not 0
  std::uint64_t buffer_position_ = 0;  // of buffer_[front_] in the stored file, from where reading began
  std::size_t front_ = 0;              // where the file's bytes begin in the buffer
  std::size_t used_ = 0;               // where they end
  std::size_t at_ = 0;                 // where the next line begins
  std::size_t searched_ = 0;           // no line end begins in [at_, searched_)
  bool source_ended_ = false;
  bool started_ = false;
};

// False for a delimiter that can overlap itself ("aa"): where its occurrences lie then depends on everything before, so
// such a file is not cut.
bool DelimiterSplittable(std::string_view delimiter);

}  // namespace mrd::engine
