// Where the words of neighbouring lines end, found for some kilobytes of text at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "abi.h"
#include "spaces.h"
#include "this_thread.h"

namespace mr::detail {

// The places of white space in the text of a batch's lines, a stretch at a time: cutting a line into words is then a
// walk over numbers, where looking at each line afresh costs a mispredicted branch for each of its 64-byte blocks. Lines
// lie one behind the other in the host's buffer, with nothing but their ends between them; that is checked, not assumed.
//
// Lifetime: knows the batch that start() was given, until the next one. Lines of a stage carry a pointer to it.
// Threads: the attempt's. Others get nullptr from find() and look at their text themselves.
class WordEdges {
 public:
  using Edge = std::uint16_t;

  WordEdges() : owner_(this_thread()) {}
  WordEdges(const WordEdges&) = delete;
  WordEdges& operator=(const WordEdges&) = delete;

  // The batch whose records are handled from now on, or nullptr. Each is in turn its `current`.
  void start(const mr_batch* batch) {
    batch_ = batch;
    size_ = 0;
  }

  // The first white space at or after the beginning of `line`, as its distance from base(); the others follow, and the
  // line's end is one of them. nullptr when it is not known: for a text that is not the current record's, a long line,
  // or one that lies alone. Valid until another record is current.
  __attribute__((always_inline)) const Edge* find(std::string_view line) {
    if (batch_ == nullptr || this_thread() != owner_) return nullptr;
    const mr_bytes& record = batch_->records[batch_->current].value;
    if (line.data() != record.data || line.size() != record.size) return nullptr;
    if (static_cast<std::size_t>(line.data() - base_) >= size_ && !look()) return nullptr;
    const auto from = static_cast<Edge>(line.data() - base_);
    if (__builtin_expect(next_ != 0 && edges_[next_ - 1] >= from, false)) go_back(from);
    while (edges_[next_] < from) ++next_;
    first_ = next_;
    return edges_ + next_;
  }
  const char* base() const { return base_; }
  // Tells how far a line was walked; the next one is then found without a search.
  void leave(const Edge* edge) { next_ = static_cast<std::size_t>(edge - edges_); }

 private:
  static constexpr std::size_t kStretch = 4096;
  static constexpr int kAtOnce = 16;  // edges written for 64 bytes without asking how many there are

  // To a line for the second time, or to one before it.
  void go_back(Edge from) {
    const bool before = first_ != 0 && edges_[first_ - 1] >= from;
    next_ = before ? 0 : first_;
  }

  // Finds the edges of the current record and of those that follow it.
  __attribute__((noinline)) bool look() {
    const mr_record* record = batch_->records + batch_->current;
    const mr_record* const last = batch_->records + batch_->count - 1;
    const char* const begin = record->value.data;
    std::size_t size = record->value.size;
    size_ = 0;
    if (record == last || size > kStretch) return false;
    const mr_record* const first = record;
    for (; record != last; ++record) {
      const mr_bytes& next = record[1].value;
      const char* const end = begin + size;
      const std::uintptr_t gap = reinterpret_cast<std::uintptr_t>(next.data) - reinterpret_cast<std::uintptr_t>(end);
      if (gap != 1 && gap != 2) break;
      if (!is_space(end[0]) || !is_space(end[gap - 1]) || size + gap + next.size > kStretch) break;
      size += gap + next.size;
    }
    if (record == first) return false;
    Edge* const end = write_edges(begin, size);
    *end = static_cast<Edge>(size);
    base_ = begin;
    size_ = size;
    next_ = first_ = 0;
    return true;
  }

  Edge* write_edges(const char* text, std::size_t size) {
#if defined(MR_SPACES_AVX2)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt")) {
      return write_edges_avx2(text, size, edges_);
    }
#endif
    Edge* to = edges_;
    for (std::size_t at = 0; at < size; at += 64) {
      for (std::uint64_t bits = mask_within(text + at, size - at); bits != 0; bits &= bits - 1) {
        *to++ = static_cast<Edge>(at + static_cast<unsigned>(__builtin_ctzll(bits)));
      }
    }
    return to;
  }

  // White space among the first 64 of `size` bytes.
  __attribute__((always_inline)) static std::uint64_t mask_within(const char* p, std::size_t size) {
    const std::uint64_t bits = space_mask(p, size);
    return size >= 64 ? bits : bits & ((std::uint64_t{1} << size) - 1);
  }

#if defined(MR_SPACES_AVX2)
  __attribute__((target("avx2,bmi,popcnt"), noinline)) static Edge* write_edges_avx2(const char* text,
                                                                                   std::size_t size,
                                                                                   Edge* to) {
    std::size_t at = 0;
    for (; at + 64 <= size; at += 64) to = put(space_mask_64_avx2(text + at), at, to);
    return at == size ? to : put(mask_within(text + at, size - at), at, to);
  }

  // Most blocks have no more than so many edges, and then no branch depends on the text. What is written too much is
  // overwritten by the next block.
  __attribute__((target("avx2,bmi,popcnt"), always_inline)) static Edge* put(std::uint64_t bits,
                                                                           std::size_t at,
                                                                           Edge* to) {
    Edge* const end = to + __builtin_popcountll(bits);
    for (int i = 0; i < kAtOnce; i += 4, to += 4) {
      put_one(bits, at, to);
      put_one(bits, at, to + 1);
      put_one(bits, at, to + 2);
      put_one(bits, at, to + 3);
    }
    while (__builtin_expect(to < end, false)) put_one(bits, at, to++);
    return end;
  }
  __attribute__((target("avx2,bmi,popcnt"), always_inline)) static void put_one(std::uint64_t& bits,
                                                                              std::size_t at,
                                                                              Edge* to) {
    auto place = static_cast<unsigned>(at + __builtin_ia32_tzcnt_u64(bits));
    __asm__("" : "+r"(place));  // gathering several for one store costs more than it saves
    *to = static_cast<Edge>(place);
    bits &= bits - 1;
  }
#endif

  const std::uintptr_t owner_;
  const mr_batch* batch_ = nullptr;
  const char* base_ = nullptr;  // the stretch
  std::size_t size_ = 0;        // 0 when there is none
  std::size_t first_ = 0;       // of edges_: where the line that was found last begins
  std::size_t next_ = 0;        // of edges_: probably the first of the next line
  Edge edges_[kStretch + 1 + kAtOnce + 4];
};

}  // namespace mr::detail
