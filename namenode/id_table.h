#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <vector>

#include "common/base/check.h"

namespace mrd::namenode {

// Small values by ids that are handed out in sequence. Memory follows what is in here: where most ids of a range live, a
// value costs its own size and three quarters of a byte; one that is alone among 64 ids costs 150 bytes with eight-byte
// values. Where no long range of ids died, a look-up goes to its place at once; else it takes a binary search.
//
// Ids lie in pages of 64: a bit for each that is here, and their values packed in order. Pages are sorted by number.
// Threads: one.
template <typename Value>
class IdTable {
  static_assert(std::is_trivially_copyable_v<Value>);

 public:
  IdTable() = default;
  ~IdTable() {
    for (const Page& page : pages_) std::free(page.values);
  }
  IdTable(const IdTable&) = delete;
  IdTable& operator=(const IdTable&) = delete;

  std::size_t size() const { return size_; }

  // nullptr when it is not here. Valid until the next change.
  const Value* Find(std::int64_t id) const {
    const std::size_t at = PlaceOf(NumberOf(id));
    if (at == pages_.size() || pages_[at].number != NumberOf(id) || !pages_[at].Has(BitOf(id))) return nullptr;
    return pages_[at].values + pages_[at].Rank(BitOf(id));
  }

  // REQUIRES: the id is not here.
  void Insert(std::int64_t id, Value value) {
    const std::size_t at = PlaceOf(NumberOf(id));
    if (at == pages_.size() || pages_[at].number != NumberOf(id)) {
      Page fresh;
      fresh.number = NumberOf(id);
      pages_.insert(pages_.begin() + static_cast<std::ptrdiff_t>(at), fresh);
      ++empty_pages_;
    }
    Page& page = pages_[at];
    MRD_CHECK(!page.Has(BitOf(id)));
    const std::size_t count = page.Count();
    const std::size_t rank = page.Rank(BitOf(id));
    if (count % kStep == 0) page.Resize(count + kStep);
    std::memmove(page.values + rank + 1, page.values + rank, (count - rank) * sizeof(Value));
    page.values[rank] = value;
    if (page.present == 0) --empty_pages_;
    page.present |= BitOf(id);
    ++size_;
  }

  // Whether it was here.
  bool Erase(std::int64_t id) {
    const std::size_t at = PlaceOf(NumberOf(id));
    if (at == pages_.size() || pages_[at].number != NumberOf(id) || !pages_[at].Has(BitOf(id))) return false;
    Page& page = pages_[at];
    const std::size_t count = page.Count() - 1;
    const std::size_t rank = page.Rank(BitOf(id));
    std::memmove(page.values + rank, page.values + rank + 1, (count - rank) * sizeof(Value));
    page.present &= ~BitOf(id);
    --size_;
    if (count % kStep == 0) page.Resize(count);
    // Pages without values wait until they are the greater part: each then is moved once.
    if (count == 0 && ++empty_pages_ * 2 > pages_.size()) {
      std::erase_if(pages_, [](const Page& one) { return one.present == 0; });
      if (pages_.size() * 4 < pages_.capacity()) pages_.shrink_to_fit();
      empty_pages_ = 0;
    }
    return true;
  }

  // REQUIRES: the id is here.
  void Replace(std::int64_t id, Value value) {
    const Value* const found = Find(id);
    MRD_CHECK(found != nullptr);
    *const_cast<Value*>(found) = value;
  }

  // In the order of ids, negative ones last. REQUIRES: `visit` changes nothing here.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Page& page : pages_) {
      const std::size_t count = page.Count();
      for (std::size_t i = 0; i < count; ++i) visit(page.values[i]);
    }
  }

  std::size_t MemoryBytes() const {
    std::size_t bytes = pages_.capacity() * sizeof(Page);
    for (const Page& page : pages_) bytes += (page.Count() + kStep - 1) / kStep * kStep * sizeof(Value);
    return bytes;
  }

 private:
  static constexpr std::size_t kStep = 16;  // values by which a page's memory grows and shrinks

  struct Page {
    std::uint64_t number = 0;
    std::uint64_t present = 0;  // a bit for each id
    Value* values = nullptr;    // of those, in order

    bool Has(std::uint64_t bit) const { return (present & bit) != 0; }
    std::size_t Count() const { return static_cast<std::size_t>(std::popcount(present)); }
    // How many of its ids are smaller.
    std::size_t Rank(std::uint64_t bit) const { return static_cast<std::size_t>(std::popcount(present & (bit - 1))); }
    void Resize(std::size_t capacity) {
      if (capacity == 0) {
        std::free(values);
        values = nullptr;
        return;
      }
      void* const memory = std::realloc(values, capacity * sizeof(Value));
      if (memory == nullptr) throw std::bad_alloc();
      values = static_cast<Value*>(memory);
    }
  };

  static std::uint64_t NumberOf(std::int64_t id) { return static_cast<std::uint64_t>(id) / 64; }
  static std::uint64_t BitOf(std::int64_t id) { return std::uint64_t{1} << (static_cast<std::uint64_t>(id) % 64); }

  // Where the page of this number is or would be.
  std::size_t PlaceOf(std::uint64_t number) const {
    if (pages_.empty() || pages_.front().number >= number) return 0;
    if (pages_.back().number < number) return pages_.size();
    // Numbers grow by at least one from page to page, so it is here or before; nearly always here.
    const std::uint64_t last = std::min<std::uint64_t>(number - pages_.front().number, pages_.size() - 1);
    const auto end = pages_.begin() + static_cast<std::ptrdiff_t>(last);
    if (end->number == number) return last;
    const auto found =
        std::lower_bound(pages_.begin(), end, number, [](const Page& page, std::uint64_t n) { return page.number < n; });
    return static_cast<std::size_t>(found - pages_.begin());
  }

  std::vector<Page> pages_;
  std::size_t empty_pages_ = 0;  // kept for a while
  std::size_t size_ = 0;
};

}  // namespace mrd::namenode
