#include "engine/record_sorter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace mrd::engine {

namespace {

constexpr std::size_t kRadix = 256;
// Below this a comparison sort beats the passes' fixed cost.
constexpr std::size_t kSmall = 64;
constexpr std::size_t kInsertion = 12;
// Up to so many entries are spread over so many places, if none gets more than kPlaceMost.
constexpr std::size_t kSpreadMost = std::size_t{16} << 10;
constexpr int kSpreadBits = 12;
constexpr std::size_t kSpreadPlaces = std::size_t{1} << kSpreadBits;
constexpr std::size_t kPlaceMost = 32;
// More entries are cut into parts of about so many first, and into no more parts than that.
constexpr std::size_t kPartEntries = 2048;
constexpr std::size_t kPartsMost = std::size_t{1} << 12;

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

struct DifferingBits {
  std::uint64_t prefix;
  std::uint32_t reduce;
};

// The bits that are not the same in all entries.
DifferingBits BitsThatDiffer(std::span<const SortEntry> entries) {
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
  return {prefix_and ^ prefix_or, reduce_and ^ reduce_or};
}

void RadixSort(std::span<SortEntry> entries, std::span<SortEntry> scratch) {
  const DifferingBits differing = BitsThatDiffer(entries);
  std::span<SortEntry> from = entries;
  std::span<SortEntry> to = scratch;
  for (int shift = 0; shift < 64; shift += 8) {
    if ((differing.prefix >> shift & 0xFF) == 0) continue;  // the same byte everywhere
    RadixPass(from, to.data(), [shift](const SortEntry& e) { return e.prefix >> shift & 0xFF; });
    std::swap(from, to);
  }
  for (int shift = 0; shift < 32; shift += 8) {
    if ((differing.reduce >> shift & 0xFF) == 0) continue;
    RadixPass(from, to.data(), [shift](const SortEntry& e) { return e.reduce >> shift & 0xFF; });
    std::swap(from, to);
  }
  if (from.data() != entries.data()) std::copy(from.begin(), from.end(), entries.begin());
}

// Sorts a few thousand entries of one reduce: spread by the highest bits in which their prefixes differ, so that about
// one entry falls to each place, then each place by insertion. False, and nothing is changed, when they lie too unevenly
// for that.
bool SpreadSort(std::span<SortEntry> entries, std::span<SortEntry> scratch) {
  const DifferingBits differing = BitsThatDiffer(entries);
  if (differing.reduce != 0) return false;
  if (differing.prefix == 0) return true;
  const int shift = std::max(0, static_cast<int>(std::bit_width(differing.prefix)) - kSpreadBits);
  const auto place = [shift](const SortEntry& entry) { return (entry.prefix >> shift) & (kSpreadPlaces - 1); };
  std::array<std::uint16_t, kSpreadPlaces> ends{};
  for (const SortEntry& entry : entries) ++ends[place(entry)];
  std::uint32_t sum = 0;
  for (std::uint16_t& slot : ends) {
    // With no bits left to compare, equal prefixes are in order already.
    if (slot > kPlaceMost && shift != 0) return false;
    const std::uint32_t count = slot;
    slot = static_cast<std::uint16_t>(sum);
    sum += count;
  }
  for (const SortEntry& entry : entries) scratch[ends[place(entry)]++] = entry;
  std::copy(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(entries.size()), entries.begin());
  if (shift == 0) return true;
  // An entry has no more than its place to go back.
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].prefix >= entries[i - 1].prefix) continue;
    const SortEntry moving = entries[i];
    std::size_t at = i;
    for (; at > 0 && moving.prefix < entries[at - 1].prefix; --at) entries[at] = entries[at - 1];
    entries[at] = moving;
  }
  return true;
}

void SortByPrefix(std::span<SortEntry> entries, std::span<SortEntry> scratch) {
  if (entries.size() < kSmall) {
    MergeSort(entries, scratch, [](const SortEntry& a, const SortEntry& b) {
      return a.reduce != b.reduce ? a.reduce < b.reduce : a.prefix < b.prefix;
    });
  } else if (entries.size() > kSpreadMost || !SpreadSort(entries, scratch)) {
    RadixSort(entries, scratch);
  }
}

// Sorts many entries: spreads them over parts by reduce and the highest bits in which their prefixes differ, and sorts
// each part where it fits the cache. False, and nothing is changed, when that makes no parts.
bool SortInParts(std::span<SortEntry> entries, std::span<SortEntry> scratch) {
  std::uint64_t least = ~std::uint64_t{0};
  std::uint64_t most = 0;
  std::uint32_t first_reduce = ~std::uint32_t{0};
  std::uint32_t last_reduce = 0;
  for (const SortEntry& entry : entries) {
    least = std::min(least, entry.prefix);
    most = std::max(most, entry.prefix);
    first_reduce = std::min(first_reduce, entry.reduce);
    last_reduce = std::max(last_reduce, entry.reduce);
  }
  const std::size_t reduces = std::size_t{last_reduce} - first_reduce + 1;
  if (reduces > kPartsMost || (reduces == 1 && least == most)) return false;
  const std::size_t wanted = std::clamp<std::size_t>(entries.size() / kPartEntries / reduces, 1, kPartsMost / reduces);
  const int bits = static_cast<int>(std::bit_width(wanted)) - 1;
  // Parts of a reduce are equal ranges of the prefix, 2 to the power of `bits` at most.
  const int shift = std::max(0, static_cast<int>(std::bit_width(most - least)) - bits);
  const std::size_t parts = shift == 64 ? 1 : static_cast<std::size_t>((most - least) >> shift) + 1;
  const auto part = [&](const SortEntry& entry) {
    const std::size_t range = shift == 64 ? 0 : static_cast<std::size_t>((entry.prefix - least) >> shift);
    return std::size_t{entry.reduce - first_reduce} * parts + range;
  };
  std::vector<std::uint32_t> ends(reduces * parts);
  for (const SortEntry& entry : entries) ++ends[part(entry)];
  std::uint32_t sum = 0;
  for (std::uint32_t& slot : ends) {
    const std::uint32_t count = slot;
    slot = sum;
    sum += count;
  }
  for (const SortEntry& entry : entries) scratch[ends[part(entry)]++] = entry;
  std::size_t begin = 0;
  for (const std::uint32_t end : ends) {
    const std::span<SortEntry> from = scratch.subspan(begin, end - begin);
    const std::span<SortEntry> to = entries.subspan(begin, end - begin);
    SortByPrefix(from, to);
    std::copy(from.begin(), from.end(), to.begin());
    begin = end;
  }
  return true;
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
  if (entries.size() <= kSpreadMost || !SortInParts(entries, scratch)) SortByPrefix(entries, scratch);
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
