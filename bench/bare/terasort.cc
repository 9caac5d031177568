// Bare sort of 100-byte records by their first 10 bytes, stable: terasort IN OUT_DIR.
//
// Both threads read the input into memory and spread (8-byte prefix, record number) pairs over
// buckets by their top bits. A bucket fits the second-level cache. Each thread sorts its half of the
// buckets, gathers their records and writes them to a file of its own (two threads that write one
// file wait for each other inside the file system): OUT_DIR/part-0, part-1.

#include <algorithm>
#include <array>

#include "input.h"

namespace bare {
namespace {

constexpr uint64_t kRecord = 100;
constexpr int kBucketBits = 11;
constexpr uint64_t kBuckets = 1 << kBucketBits;

struct Pair {
  uint64_t prefix;  // Big-endian.
  uint64_t number;
};

inline uint64_t PrefixOf(const char* record) {
  uint64_t x;
  std::memcpy(&x, record, 8);
  return __builtin_bswap64(x);
}

inline uint16_t RestOf(const char* record) {
  uint16_t x;
  std::memcpy(&x, record + 8, 2);
  return __builtin_bswap16(x);
}

inline uint64_t BucketOf(uint64_t prefix) { return prefix >> (64 - kBucketBits); }

// Sorts a bucket whose pairs agree in the top bits: one pass by the next eight bits leaves runs of
// a few pairs, which comparison sorts in the first cache. The sorted pairs end in `spare`.
template <class Less>
void SortBucket(const Pair* pairs, uint64_t n, Pair* spare, Less less) {
  constexpr int kShift = 64 - kBucketBits - 8;
  std::array<uint32_t, 257> end{};
  for (uint64_t i = 0; i < n; ++i) ++end[(pairs[i].prefix >> kShift & 0xff) + 1];
  for (int b = 0; b < 256; ++b) end[b + 1] += end[b];
  for (uint64_t i = 0; i < n; ++i) spare[end[pairs[i].prefix >> kShift & 0xff]++] = pairs[i];
  uint32_t begin = 0;
  for (int b = 0; b < 256; begin = end[b++]) std::sort(spare + begin, spare + end[b], less);
}

void WriteBucket(int fd, const char* records, const Pair* pairs, uint64_t n, uint64_t at,
                 bare::Buffer& piece) {
  constexpr uint64_t kAhead = 12;
  uint64_t capacity = piece.size() / kRecord;
  for (uint64_t i = 0; i < n;) {
    uint64_t count = std::min(capacity, n - i);
    for (uint64_t k = 0; k < count; ++k) {
      if (i + k + kAhead < n) {
        const char* next = records + pairs[i + k + kAhead].number * kRecord;
        __builtin_prefetch(next);
        __builtin_prefetch(next + kRecord - 1);
      }
      std::memcpy(piece.data() + k * kRecord, records + pairs[i + k].number * kRecord, kRecord);
    }
    WriteAt(fd, piece.data(), count * kRecord, (at + i) * kRecord);
    i += count;
  }
}

void Run(const char* from, const char* to) {
  Phases phases;
  Input in(from);
  if (in.size() % kRecord != 0) {
    std::fprintf(stderr, "%s: not a whole number of records\n", from);
    std::exit(1);
  }
  uint64_t n = in.size() / kRecord;
  int threads = Threads();
  auto workers = static_cast<uint64_t>(threads);
  char* records = Pages<char>(in.size() + 1);
  std::vector<std::array<uint64_t, kBuckets>> next(workers);
  // Cut where a record begins at a cache line, which is faster to read to.
  auto share = [&](uint64_t t) { return t == workers ? n : t * n / workers / 16 * 16; };

  Parallel(threads, [&](int i) {
    auto t = static_cast<uint64_t>(i);
    auto& sizes = next[t];
    sizes.fill(0);
    constexpr uint64_t kBlock = 4096;  // Records read at a time; they are counted while cached.
    for (uint64_t r = share(t); r < share(t + 1);) {
      uint64_t end = std::min(r + kBlock, share(t + 1));
      in.Read(records + r * kRecord, (end - r) * kRecord, r * kRecord);
      for (; r < end; ++r) ++sizes[BucketOf(PrefixOf(records + r * kRecord))];
    }
  });
  phases.Done("read");

  std::array<uint64_t, kBuckets + 1> begin{};
  uint64_t total = 0;
  for (uint64_t b = 0; b < kBuckets; ++b) {
    begin[b] = total;
    for (auto& sizes : next) {
      uint64_t size = sizes[b];
      sizes[b] = total;
      total += size;
    }
  }
  begin[kBuckets] = total;
  Pair* pairs = Pages<Pair>(n + 1);
  Parallel(threads, [&](int i) {
    auto t = static_cast<uint64_t>(i);
    auto& to_pair = next[t];
    for (uint64_t r = share(t); r < share(t + 1); ++r) {
      uint64_t prefix = PrefixOf(records + r * kRecord);
      pairs[to_pair[BucketOf(prefix)]++] = Pair{prefix, r};
    }
  });
  phases.Done("spread");

  uint64_t largest = 0;
  for (uint64_t b = 0; b < kBuckets; ++b) largest = std::max(largest, begin[b + 1] - begin[b]);
  // Equal shares of records, cut between buckets.
  auto cut = [&](uint64_t t) {
    auto at = std::lower_bound(begin.begin(), begin.end(), share(t));
    return static_cast<uint64_t>(at - begin.begin());
  };
  if (mkdir(to, 0777) != 0) Die(to);
  Parallel(threads, [&](int i) {
    auto t = static_cast<uint64_t>(i);
    std::string path = std::string(to) + "/part-" + std::to_string(i);
    int fd = Create(path.c_str());
    bare::Buffer piece(5000 * kRecord);
    std::vector<Pair> sorted(largest);
    uint64_t from_bucket = t == 0 ? 0 : cut(t), end_bucket = t + 1 == workers ? kBuckets : cut(t + 1);
    for (uint64_t b = from_bucket; b < end_bucket; ++b) {
      Pair* first = pairs + begin[b];
      uint64_t size = begin[b + 1] - begin[b];
      SortBucket(first, size, sorted.data(), [&](const Pair& x, const Pair& y) {
        if (x.prefix != y.prefix) return x.prefix < y.prefix;
        uint16_t p = RestOf(records + x.number * kRecord), q = RestOf(records + y.number * kRecord);
        return p != q ? p < q : x.number < y.number;
      });
      WriteBucket(fd, records, sorted.data(), size, begin[b] - begin[from_bucket], piece);
    }
    if (close(fd) != 0) Die(path);
  });
  phases.Done("sort+write");
}

}  // namespace
}  // namespace bare

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: terasort IN OUT_DIR (which does not exist yet)\n");
    return 1;
  }
  bare::Run(argv[1], argv[2]);
  _exit(0);  // Nothing is left to write; the system takes the memory back faster than free().
}
