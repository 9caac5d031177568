#include "engine/line_reader.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mrd::engine {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

// The first LF or CR at or after `at`; `end` when there is none.
const char* FindBreak(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const int mask = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, lf), _mm_cmpeq_epi8(bytes, cr)));
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
    at += 16;
  }
#endif
  while (at < end && *at != '\n' && *at != '\r') ++at;
  return at;
}

#if defined(__SSE2__)
// Bit i: whether byte i of these 64 is LF or CR.
std::uint64_t BreakMask(const char* at) {
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  std::uint64_t mask = 0;
  for (int part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * part));
    const int bits = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, lf), _mm_cmpeq_epi8(bytes, cr)));
    mask |= static_cast<std::uint64_t>(static_cast<unsigned>(bits)) << (16 * part);
  }
  return mask;
}
#endif

}  // namespace

bool DelimiterSplittable(std::string_view delimiter) {
  for (std::size_t border = 1; border < delimiter.size(); ++border) {
    if (delimiter.substr(0, border) == delimiter.substr(delimiter.size() - border)) return false;
  }
  return true;
}

LineReader::LineReader(std::unique_ptr<formats::ByteSource> source,
                       std::uint64_t source_offset,
                       std::uint64_t begin,
                       std::uint64_t end,
                       Options options)
    : source_(std::move(source)),
      options_(std::move(options)),
      begin_(begin),
      end_(end),
      buffer_offset_(source_offset) {}

bool LineReader::FindEnd(std::size_t from, std::size_t* at, std::size_t* length) const {
  if (from >= used_) return false;
  const char* const base = buffer_.data();
  if (!options_.delimiter.empty()) {
    const void* found = ::memmem(base + from, used_ - from, options_.delimiter.data(), options_.delimiter.size());
    if (found == nullptr) return false;
    *at = static_cast<std::size_t>(static_cast<const char*>(found) - base);
    *length = options_.delimiter.size();
    return true;
  }
  const char* found = FindBreak(base + from, base + used_);
  if (found == base + used_) return false;
  *at = static_cast<std::size_t>(found - base);
  *length = 1;
  if (*found == '\r') {
    if (found + 1 == base + used_) {
      if (!source_ended_) return false;  // an LF may follow
    } else if (found[1] == '\n') {
      *length = 2;
    }
  }
  return true;
}

Status LineReader::LineTooLong() const {
  return ResourceExhausted(
      "the line at offset " + std::to_string(buffer_offset_ + at_) + " is longer than " +
      std::to_string(options_.limit_bytes) +
      " bytes; if such lines are meant, raise mapreduce.input.linerecordreader.line.maxlength, or set "
      "textinputformat.record.delimiter");
}

std::uint64_t LineReader::position() const {
  if (used_ == front_) return buffer_position_;
  const double share = static_cast<double>(at_ - front_) / static_cast<double>(used_ - front_);
  return buffer_position_ + static_cast<std::uint64_t>(share * static_cast<double>(consumed() - buffer_position_));
}

Status LineReader::Fill() {
  // What is left goes to the front, in such a way that what is read next begins well. Once there, it stays.
  if (at_ >= kIoAlignment) {
    const std::size_t front = IoPadding(used_ - at_);
    const std::size_t moved = at_ - front;
    buffer_position_ = position();
    used_ -= moved;
    searched_ -= std::min(searched_, moved);
    std::memmove(buffer_.data() + front, buffer_.data() + at_, used_ - front);
    buffer_offset_ += moved;
    at_ = front_ = front;
  }
  // The last bytes may be the first of the line's end.
  if (used_ - at_ > options_.limit_bytes + LookBehind(options_.delimiter)) return LineTooLong();
  if (buffer_.size() - used_ < kBufferBytes / 2) {
    // Never much beyond the limit: a line that fills the buffer is then known to be too long.
    const std::size_t largest = options_.limit_bytes + kBufferBytes;
    buffer_.resize(buffer_.empty() ? kBufferBytes : std::min(buffer_.size() * 2, largest));
  } else if (buffer_.size() > 4 * kBufferBytes && used_ < kBufferBytes) {
    buffer_.resize(kBufferBytes);  // a long line is behind us: give its memory back
    buffer_.shrink_to_fit();
  }
  MRD_ASSIGN_OR_RETURN(const std::size_t got, source_->Read(buffer_.data() + used_, buffer_.size() - used_));
  used_ += got;
  source_ended_ = got == 0;
  return Status::Ok();
}

Status LineReader::SkipToFirst() {
  started_ = true;
  if (buffer_offset_ == begin_) return Status::Ok();
  // The bytes before `begin_` may end a line just there; otherwise the first end at or after that place does.
  for (;;) {
    std::size_t at = 0;
    std::size_t length = 0;
    if (FindEnd(std::max(at_, searched_), &at, &length)) {
      at_ = at + length;
      searched_ = at_;
      return Status::Ok();
    }
    if (source_ended_) {
      at_ = used_;
      return Status::Ok();
    }
    // All but what may begin an end is of no use.
    const std::size_t keep = std::min<std::size_t>(used_ - at_, LookBehind(options_.delimiter));
    at_ = used_ - keep;
    searched_ = at_;
    MRD_RETURN_IF_ERROR(Fill());
  }
}

// The bulk of the work: whole blocks of 64 bytes at a time, while all of what decides about a line is in the buffer.
void LineReader::TakeFromBlocks(std::size_t max, std::vector<Line>* lines) {
#if defined(__SSE2__)
  const char* const base = buffer_.data();
  // Lines that begin from here on are not ours.
  const std::uint64_t stop = std::min<std::uint64_t>(end_ - buffer_offset_, used_);
  // One byte more than the block, since LF may follow CR.
  for (std::size_t block = std::max(at_, searched_); block + 64 < used_; block += 64) {
    std::uint64_t breaks = BreakMask(base + block);
    for (; breaks != 0; breaks &= breaks - 1) {
      const std::size_t at = block + static_cast<std::size_t>(__builtin_ctzll(breaks));
      if (at < at_) continue;  // the LF of a CRLF
      if (lines->size() == max || at_ >= stop || at - at_ > options_.limit_bytes) return;
      lines->push_back({base + at_, at - at_, buffer_offset_ + at_});
      at_ = at + (base[at] == '\r' && base[at + 1] == '\n' ? 2 : 1);
    }
    searched_ = block + 64;
  }
#else
  static_cast<void>(max);
  static_cast<void>(lines);
#endif
}

Status LineReader::Next(std::size_t max, std::vector<Line>* lines) {
  lines->clear();
  if (!started_) MRD_RETURN_IF_ERROR(SkipToFirst());
  if (options_.delimiter.empty() && buffer_offset_ + at_ < end_) TakeFromBlocks(max, lines);
  while (lines->size() < max) {
    if (buffer_offset_ + at_ >= end_) return Status::Ok();
    std::size_t at = 0;
    std::size_t length = 0;
    if (FindEnd(std::max(at_, searched_), &at, &length)) {
      if (at - at_ > options_.limit_bytes) return LineTooLong();
      lines->push_back({buffer_.data() + at_, at - at_, buffer_offset_ + at_});
      at_ = at + length;
      continue;
    }
    if (source_ended_) {
      if (used_ - at_ > options_.limit_bytes) return LineTooLong();
      if (at_ < used_) lines->push_back({buffer_.data() + at_, used_ - at_, buffer_offset_ + at_});
      at_ = used_;
      return Status::Ok();
    }
    if (!lines->empty()) return Status::Ok();  // filling would move what the views point to
    // A delimiter may straddle the old and the new bytes.
    const std::size_t tail = std::min<std::size_t>(used_ - at_, LookBehind(options_.delimiter));
    searched_ = used_ - tail;
    MRD_RETURN_IF_ERROR(Fill());
  }
  return Status::Ok();
}

}  // namespace mrd::engine
