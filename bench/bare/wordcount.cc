// Bare word count: wordcount IN OUT. Words are the runs of bytes between white space (space \t \n
// \v \f \r); OUT has "word\tcount\n" sorted by the words' bytes. Any bytes, any length.
//
// Each thread takes ranges of the file, reads them in blocks that stay in the second-level cache,
// finds white space 64 bytes at a time, and counts into a table of its own. Then the tables are
// merged by halves, the words are sorted, formatted and written by all threads at once.

#include <algorithm>
#include <array>

#include "word_table.h"

namespace bare {
namespace {

constexpr uint64_t kRange = 8u << 20;
constexpr uint64_t kBlock = 256u << 10;
constexpr uint64_t kStrip = 4096;  // Bytes split at a time; their boundaries stay in the first cache.
constexpr int kFirstBits = 17;
constexpr uint64_t kFourfold = 1u << 24;  // Smaller tables grow by four at a time.

// Row n keeps the first n bytes and puts n into the last one.
struct alignas(16) Masks {
  constexpr Masks() {
    for (int n = 0; n < 16; ++n) {
      for (int i = 0; i < 16; ++i) keep[n][i] = i < n ? 0xff : 0;
      tag[n][15] = static_cast<uint8_t>(n);
    }
  }
  std::array<std::array<uint8_t, 16>, 16> keep{};
  std::array<std::array<uint8_t, 16>, 16> tag{};
};
constexpr Masks kMasks;

inline Key KeyOf(const char* word, uint64_t length) {
  __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(word));
  __m128i keep = _mm_load_si128(reinterpret_cast<const __m128i*>(kMasks.keep[length].data()));
  __m128i tag = _mm_load_si128(reinterpret_cast<const __m128i*>(kMasks.tag[length].data()));
  return _mm_or_si128(_mm_and_si128(bytes, keep), tag);
}

// One bit for each of 64 bytes, set where it is white space.
inline uint64_t SpaceBits(const char* p) {
  const __m256i space = _mm256_set1_epi8(' ');
  const __m256i tab = _mm256_set1_epi8('\t');
  const __m256i four = _mm256_set1_epi8(4);
  auto bits = [&](const char* q) {
    __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(q));
    __m256i from_tab = _mm256_sub_epi8(v, tab);
    __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(from_tab, four), from_tab);
    __m256i any = _mm256_or_si256(control, _mm256_cmpeq_epi8(v, space));
    return static_cast<uint32_t>(_mm256_movemask_epi8(any));
  };
  return bits(p) | static_cast<uint64_t>(bits(p + 32)) << 32;
}

class Counter {
  static constexpr uint64_t kSlack = 128 + kFrontMost;  // Behind what is read.

 public:
  explicit Counter(const Input& in) : in_(in) { buffer_.resize(kBlock + kSlack); }

  // Counts the words that begin in [from, to); both follow white space or the file's begin.
  void CountRange(uint64_t from, uint64_t to) {
    uint64_t have = 0;  // Bytes of a word that the previous block cut; they begin at `front`.
    uint64_t front = 0;
    while (from < to || have > 0) {
      if (buffer_.size() - kSlack - have < kBlock / 2) buffer_.resize(buffer_.size() * 2);
      uint64_t n = std::min(buffer_.size() - kSlack - have, to - from);
      char* begin = buffer_.data() + front;
      in_.Read(begin + have, n, from);
      from += n;
      n += have;
      if (from == to) begin[n++] = '\n';
      uint64_t end = n;
      while (end > 0 && !IsSpace(static_cast<unsigned char>(begin[end - 1]))) --end;
      CountBlock(begin, end);
      have = n - end;
      front = Front(have);
      std::memmove(buffer_.data() + front, begin + end, have);
    }
  }

  WordTable table{kFirstBits};
  LongTable longs;

 private:
  // The last byte is white space. Up to 128 bytes behind it are readable.
  void CountBlock(const char* text, uint64_t n) {
    uint64_t begin = 0;  // Of the word that the next white space ends.
    for (uint64_t at = 0; at < n; at += kStrip) {
      uint64_t strip = std::min(kStrip, n - at);
      uint32_t found = FindEnds(text + at, strip, static_cast<uint32_t>(at));
      if (table.NeedsRoom(found)) table.Grow(table.capacity() < kFourfold ? 2 : 1);
      begin = Count(text, begin, found);
    }
  }

  uint32_t FindEnds(const char* p, uint64_t n, uint32_t base) {
    uint32_t* to = ends_.data();
    for (uint64_t i = 0; i < n; i += 64) {
      uint64_t bits = SpaceBits(p + i);
      if (n - i < 64) bits &= (uint64_t{1} << (n - i)) - 1;
      uint32_t first = base + static_cast<uint32_t>(i);
      int count = _mm_popcnt_u64(bits);
      // Whole groups are written without asking; the surplus is overwritten by the next 64 bytes.
      for (int k = 0; k < 12; ++k) {
        to[k] = first + static_cast<uint32_t>(_tzcnt_u64(bits));
        bits = _blsr_u64(bits);
      }
      for (int k = 12; k < count; ++k) {
        to[k] = first + static_cast<uint32_t>(_tzcnt_u64(bits));
        bits = _blsr_u64(bits);
      }
      to += count;
    }
    return static_cast<uint32_t>(to - ends_.data());
  }

  // First the keys and hashes of a batch, then its look-ups: the slots are on their way meanwhile.
  uint64_t Count(const char* text, uint64_t begin, uint32_t found) {
    constexpr uint32_t kBatch = 64;
    Key keys[kBatch];
    uint64_t hashes[kBatch];
    for (uint32_t i = 0; i < found;) {
      uint32_t n = 0;
      for (; i < found && n < kBatch; ++i) {
        uint64_t length = ends_[i] - begin;
        if (length - 1 < 15) [[likely]] {
          keys[n] = KeyOf(text + begin, length);
          hashes[n] = Hash(keys[n]);
          table.Prefetch(hashes[n]);
          ++n;
        } else if (length > 0) {
          longs.Add({text + begin, length}, 1);
        }
        begin = ends_[i] + 1;
      }
      for (uint32_t k = 0; k < n; ++k) table.Add(keys[k], hashes[k], 1);
    }
    return begin;
  }

  const Input& in_;
  bare::Buffer buffer_;
  std::array<uint32_t, kStrip + 16> ends_;
};

// A counted word, ready to be sorted. A long word's key has its first 15 bytes and 255.
struct Row {
  uint64_t high, low;  // The key, big-endian.
  uint64_t count;      // For a long word: the entry's address.
};

inline bool IsLong(const Row& r) { return (r.low & 0xff) == 0xff; }
inline const LongTable::Entry& EntryOf(const Row& r) {
  return *reinterpret_cast<const LongTable::Entry*>(r.count);
}

inline bool Less(const Row& a, const Row& b) {
  if (a.high != b.high) return a.high < b.high;
  if (a.low != b.low) return a.low < b.low;
  if (!IsLong(a)) return false;
  const auto &x = EntryOf(a), &y = EntryOf(b);
  return std::string_view(x.bytes, x.length) < std::string_view(y.bytes, y.length);
}

inline Row RowOf(Key key, uint64_t count) {
  return Row{__builtin_bswap64(static_cast<uint64_t>(_mm_extract_epi64(key, 0))),
             __builtin_bswap64(static_cast<uint64_t>(_mm_extract_epi64(key, 1))), count};
}

inline Row RowOf(const LongTable::Entry& e) {
  char key[16];
  std::memcpy(key, e.bytes, 15);
  key[15] = static_cast<char>(0xff);
  Row r = RowOf(_mm_loadu_si128(reinterpret_cast<const __m128i*>(key)), 0);
  r.count = reinterpret_cast<uint64_t>(&e);
  return r;
}

// Sorts by one byte after the other while there are many rows, then by comparison.
void Sort(Row* rows, uint64_t n, Row* spare, int byte) {
  if (n < 2000 || byte == 8) {
    std::sort(rows, rows + n, Less);
    return;
  }
  int shift = 56 - 8 * byte;
  std::array<uint64_t, 257> begin{};
  for (uint64_t i = 0; i < n; ++i) ++begin[(rows[i].high >> shift & 0xff) + 1];
  for (int b = 0; b < 256; ++b) begin[b + 1] += begin[b];
  auto next = begin;
  for (uint64_t i = 0; i < n; ++i) spare[next[rows[i].high >> shift & 0xff]++] = rows[i];
  std::memcpy(static_cast<void*>(rows), spare, n * sizeof(Row));
  for (int b = 0; b < 256; ++b) {
    uint64_t size = begin[b + 1] - begin[b];
    if (size > 1) Sort(rows + begin[b], size, spare + begin[b], byte + 1);
  }
}

// Adds the words of `from` whose slots lie in part `part` of the hash space to `to`.
struct Deferred {
  Key key;
  uint64_t hash, count;
};
void MergePart(WordTable& to, const WordTable& from, int part, int parts, uint64_t& added,
               std::vector<Deferred>& deferred) {
  auto cut = [&](uint64_t capacity, int p) {
    return static_cast<uint64_t>(p) * capacity / static_cast<uint64_t>(parts);
  };
  uint64_t begin = cut(to.capacity(), part), end = cut(to.capacity(), part + 1);
  uint64_t i = cut(from.capacity(), part), stop = cut(from.capacity(), part + 1);
  constexpr uint64_t kAhead = 16;
  for (; i < stop; ++i) {
    if (i + kAhead < stop && from.slots()[i + kAhead].count != 0) {
      to.Prefetch(Hash(from.slots()[i + kAhead].key()));
    }
    const Slot& s = from.slots()[i];
    if (s.count == 0) continue;
    uint64_t hash = Hash(s.key());
    // A word that was pushed over the border, or would be, waits for the single-threaded end.
    if (to.Home(hash) < begin || !to.AddBelow(end, s.key(), hash, s.count, added)) {
      deferred.push_back({s.key(), hash, s.count});
    }
  }
}

void Merge(std::vector<std::unique_ptr<Counter>>& counters) {
  std::swap(counters[0],
            *std::max_element(counters.begin(), counters.end(), [](const auto& a, const auto& b) {
              return a->table.capacity() < b->table.capacity();
            }));
  WordTable& to = counters[0]->table;
  int n = static_cast<int>(counters.size());
  for (size_t c = 1; c < counters.size(); ++c) {
    const WordTable& from = counters[c]->table;
    // The merged table may fill up to seven eighths, as it is walked once more and not probed.
    while ((to.used() + from.used()) * 8 > to.capacity() * 7) to.Grow(1);
    std::vector<uint64_t> added(counters.size());
    std::vector<std::vector<Deferred>> deferred(counters.size());
    Parallel(n, [&](int t) {
      auto part = static_cast<size_t>(t);
      uint64_t mine = 0;
      MergePart(to, from, t, n, mine, deferred[part]);
      added[part] = mine;
    });
    for (uint64_t a : added) to.AddUsed(a);
    for (const auto& list : deferred) {
      for (const Deferred& d : list) to.Add(d.key, d.hash, d.count);
    }
    for (const LongTable::Entry& e : counters[c]->longs.entries()) {
      if (e.count != 0) counters[0]->longs.Add({e.bytes, e.length}, e.count);
    }
  }
}

inline uint64_t Digits(uint64_t v) {
  uint64_t n = 1;
  for (; v >= 10; v /= 10) ++n;
  return n;
}

inline uint64_t LengthOf(const Row& r) { return IsLong(r) ? EntryOf(r).length : r.low & 0xff; }
inline uint64_t CountOf(const Row& r) { return IsLong(r) ? EntryOf(r).count : r.count; }

uint64_t FormattedSize(const Row* rows, uint64_t n) {
  uint64_t size = 0;
  for (uint64_t i = 0; i < n; ++i) size += LengthOf(rows[i]) + Digits(CountOf(rows[i])) + 2;
  return size;
}

// Formats into a piece that stays in the cache and writes it out whenever it is full.
void FormatTo(int fd, uint64_t at, const Row* rows, uint64_t n) {
  constexpr uint64_t kPiece = 512u << 10;
  bare::Buffer piece(kPiece);
  char* p = piece.data();
  auto flush = [&] {
    auto size = static_cast<uint64_t>(p - piece.data());
    WriteAt(fd, piece.data(), size, at);
    at += size;
    p = piece.data();
  };
  for (uint64_t i = 0; i < n; ++i) {
    const Row& r = rows[i];
    uint64_t need = LengthOf(r) + 40;
    if (need > piece.size() - static_cast<uint64_t>(p - piece.data())) {
      flush();
      if (need > piece.size()) piece.resize(need);
      p = piece.data();
    }
    if (IsLong(r)) {
      std::memcpy(p, EntryOf(r).bytes, EntryOf(r).length);
    } else {
      uint64_t key[2] = {__builtin_bswap64(r.high), __builtin_bswap64(r.low)};
      std::memcpy(p, key, 16);
    }
    p += LengthOf(r);
    *p++ = '\t';
    uint64_t count = CountOf(r), digits = Digits(count);
    for (uint64_t d = digits; d > 0; --d, count /= 10) p[d - 1] = static_cast<char>('0' + count % 10);
    p += digits;
    *p++ = '\n';
  }
  flush();
}

// Rows in the order of their first two bytes, each thread a run of them, then one file.
void SortAndWrite(const Counter& all, Slot* memory, uint64_t slots, int threads, const char* path,
                  Phases& phases) {
  constexpr uint64_t kKeys = 1 << 16;
  const WordTable& table = all.table;
  auto n = static_cast<uint64_t>(threads);
  std::vector<std::vector<uint64_t>> sizes(n, std::vector<uint64_t>(kKeys));
  auto each = [&](uint64_t t, auto&& visit) {
    uint64_t end = (t + 1) * table.capacity() / n;
    for (uint64_t i = t * table.capacity() / n; i < end; ++i) {
      const Slot& s = table.slots()[i];
      if (s.count != 0) visit(RowOf(s.key(), s.count));
    }
    if (t > 0) return;
    for (const auto& e : all.longs.entries()) {
      if (e.count != 0) visit(RowOf(e));
    }
  };
  Parallel(threads, [&](int t) {
    auto& mine = sizes[static_cast<size_t>(t)];
    each(static_cast<uint64_t>(t), [&](const Row& r) { ++mine[r.high >> 48]; });
  });
  std::vector<uint64_t> begin(kKeys + 1);
  uint64_t total = 0;
  for (uint64_t k = 0; k < kKeys; ++k) {
    begin[k] = total;
    for (auto& s : sizes) {
      uint64_t size = s[k];
      s[k] = total;
      total += size;
    }
  }
  begin[kKeys] = total;
  static_assert(sizeof(Row) == sizeof(Slot));
  Row* rows = total <= slots ? reinterpret_cast<Row*>(memory) : Pages<Row>(total + 1);
  Parallel(threads, [&](int t) {
    auto& next = sizes[static_cast<size_t>(t)];
    each(static_cast<uint64_t>(t), [&](const Row& r) { rows[next[r.high >> 48]++] = r; });
  });
  phases.Done("spread");
  // Equal shares of rows, cut where the first two bytes change.
  std::vector<uint64_t> first(n + 1, kKeys);
  first[0] = 0;
  for (uint64_t t = 1; t < n; ++t) {
    first[t] = static_cast<uint64_t>(
        std::lower_bound(begin.begin(), begin.end() - 1, t * total / n) - begin.begin());
  }
  std::vector<uint64_t> bytes(n);
  Parallel(threads, [&](int i) {
    auto t = static_cast<uint64_t>(i);
    uint64_t largest = 0;
    for (uint64_t k = first[t]; k < first[t + 1]; ++k) largest = std::max(largest, begin[k + 1] - begin[k]);
    Row* spare = Pages<Row>(largest + 1);
    for (uint64_t k = first[t]; k < first[t + 1]; ++k) {
      Sort(rows + begin[k], begin[k + 1] - begin[k], spare, 2);
    }
    bytes[t] = FormattedSize(rows + begin[first[t]], begin[first[t + 1]] - begin[first[t]]);
  });
  phases.Done("sort");
  int fd = Create(path);
  Parallel(threads, [&](int i) {
    auto t = static_cast<uint64_t>(i);
    uint64_t at = 0;
    for (uint64_t k = 0; k < t; ++k) at += bytes[k];
    FormatTo(fd, at, rows + begin[first[t]], begin[first[t + 1]] - begin[first[t]]);
  });
  if (close(fd) != 0) Die(path);
  phases.Done("write");
}

}  // namespace
}  // namespace bare

int main(int argc, char** argv) {
  using namespace bare;
  if (argc != 3) {
    std::fprintf(stderr, "usage: wordcount IN OUT\n");
    return 1;
  }
  Phases phases;
  Input in(argv[1]);
  int threads = Threads();
  std::vector<std::unique_ptr<Counter>> counters(static_cast<size_t>(threads));
  std::atomic<uint64_t> next{0};
  Parallel(threads, [&](int t) {
    auto counter = std::make_unique<Counter>(in);
    for (;;) {
      uint64_t from = next.fetch_add(kRange);
      if (from >= in.size()) break;
      uint64_t to = std::min(from + kRange, in.size());
      counter->CountRange(in.CutAfter(from, IsSpace), in.CutAfter(to, IsSpace));
    }
    counters[static_cast<size_t>(t)] = std::move(counter);
  });
  phases.Done("count");
  Merge(counters);
  phases.Done("merge");
  // The rows go where another table was, if there was another.
  uint64_t slots = threads > 1 ? counters[1]->table.capacity() : 0;
  Slot* memory = threads > 1 ? counters[1]->table.Release() : nullptr;
  SortAndWrite(*counters[0], memory, slots, threads, argv[2], phases);
  std::fflush(nullptr);
  _exit(0);  // Nothing is left to write; the system takes the memory back faster than free().
}
