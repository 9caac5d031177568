#include "engine/record_sorter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace mrd::engine {

namespace {

constexpr std::size_t kRadix = 256;
// Below this a comparison sort beats the passes' fixed cost.
constexpr std::size_t kSmall = 64;
constexpr std::size_t kInsertion = 12;

// A stable merge sort that stays in bounds whatever `less` answers.
template <typename Less>
void MergeSort(std::span<SortEntry> entries, std::span<SortEntry> scratch, const Less& less) {
  if (entries.size() <= kInsertion) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      const SortEntry moving = entries[i];
      std::size_t at = i;
      for (; at > 0 && less(moving, entries[at - 1]); --at) entries[at] = entries[at - 1];
      entries[at] = moving;
    }
    return;
  }
  const std::size_t half = entries.size() / 2;
  MergeSort(entries.first(half), scratch.first(half), less);
  MergeSort(entries.subspan(half), scratch.subspan(half), less);
  if (!less(entries[half], entries[half - 1])) return;  // already in order
  std::copy(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(half), scratch.begin());
  std::size_t left = 0;
  std::size_t right = half;
  std::size_t out = 0;
  while (left < half && right < entries.size()) {
    entries[out++] = less(entries[right], scratch[left]) ? entries[right++] : scratch[left++];
  }
  std::copy(scratch.begin() + static_cast<std::ptrdiff_t>(left), scratch.begin() + static_cast<std::ptrdiff_t>(half),
            entries.begin() + static_cast<std::ptrdiff_t>(out));
}

// One pass of a least-significant-digit radix sort.
template <typename Digit>
void RadixPass(std::span<const SortEntry> from, SortEntry* to, const Digit& digit) {
  std::array<std::uint32_t, kRadix> start{};
  for (const SortEntry& entry : from) ++start[digit(entry)];
  std::uint32_t sum = 0;
  for (std::uint32_t& slot : start) {
    const std::uint32_t count = slot;
    slot = sum;
    sum += count;
  }
  for (const SortEntry& entry : from) to[start[digit(entry)]++] = entry;
}

void RadixSort(std::span<SortEntry> entries, std::span<SortEntry> scratch) {
  std::uint64_t prefix_and = ~std::uint64_t{0};
  std::uint64_t prefix_or = 0;
  std::uint32_t reduce_and = ~std::uint32_t{0};
  std::uint32_t reduce_or = 0;
  for (const SortEntry& entry : entries) {
    prefix_and &= entry.prefix;
    prefix_or |= entry.prefix;
    reduce_and &= entry.reduce;
    reduce_or |= entry.reduce;
  }
  std::span<SortEntry> from = entries;
  std::span<SortEntry> to = scratch;
  for (int shift = 0; shift < 64; shift += 8) {
    if (((prefix_and ^ prefix_or) >> shift & 0xFF) == 0) continue;  // the same byte everywhere
    RadixPass(from, to.data(), [shift](const SortEntry& e) { return e.prefix >> shift & 0xFF; });
    std::swap(from, to);
  }
  for (int shift = 0; shift < 32; shift += 8) {
    if (((reduce_and ^ reduce_or) >> shift & 0xFF) == 0) continue;
    RadixPass(from, to.data(), [shift](const SortEntry& e) { return e.reduce >> shift & 0xFF; });
    std::swap(from, to);
  }
  if (from.data() != entries.data()) std::copy(from.begin(), from.end(), entries.begin());
}

// Orders a run of entries whose reduce and prefix are equal.
void SortRun(std::span<SortEntry> run, std::span<SortEntry> scratch, const KeySource& keys) {
  char first_scratch[16];
  char other_scratch[16];
  const std::string_view first = keys.Key(run[0].ref, first_scratch);
  // Many records of one key are common, and then there is nothing to do.
  std::size_t same = 1;
  while (same < run.size() && keys.Key(run[same].ref, other_scratch) == first) ++same;
  if (same == run.size()) return;
  MergeSort(run, scratch, [&keys](const SortEntry& a, const SortEntry& b) {
    char a_scratch[16];
    char b_scratch[16];
    return CompareBytes(keys.Key(a.ref, a_scratch), keys.Key(b.ref, b_scratch)) < 0;
  });
}

}  // namespace

void SortEntries(std::span<SortEntry> entries,
                 std::span<SortEntry> scratch,
                 const KeySource& keys,
                 const KeyOrder& order) {
  if (entries.size() < 2) return;
  if (!order.bytewise()) {
    MergeSort(entries, scratch, [&](const SortEntry& a, const SortEntry& b) {
      if (a.reduce != b.reduce) return a.reduce < b.reduce;
      char a_scratch[16];
      char b_scratch[16];
      return order.Compare(keys.Key(a.ref, a_scratch), keys.Key(b.ref, b_scratch)) < 0;
    });
    return;
  }
  if (entries.size() < kSmall) {
    MergeSort(entries, scratch, [](const SortEntry& a, const SortEntry& b) {
      return a.reduce != b.reduce ? a.reduce < b.reduce : a.prefix < b.prefix;
    });
  } else {
    RadixSort(entries, scratch);
  }
  for (std::size_t begin = 0; begin < entries.size();) {
    std::size_t end = begin + 1;
    while (end < entries.size() && entries[end].prefix == entries[begin].prefix &&
           entries[end].reduce == entries[begin].reduce) {
      ++end;
    }
    if (end - begin > 1) SortRun(entries.subspan(begin, end - begin), scratch.subspan(begin, end - begin), keys);
    begin = end;
  }
}

}  // namespace mrd::engine
