// Bare grep of a literal: grep IN OUT LITERAL. OUT has one line "count\tliteral\n", or is empty when
// the literal does not occur. Matches do not overlap and do not span lines.
//
// Each thread takes ranges of whole lines and searches blocks of them in the second-level cache
// with memmem, or with BARE_SIMD set with a comparison of the first and last byte at 32 positions.

#include <immintrin.h>

#include <algorithm>
#include <string_view>

#include "input.h"

namespace bare {
namespace {

constexpr uint64_t kRange = 16u << 20;
constexpr uint64_t kBlock = 256u << 10;

bool IsNewline(unsigned char c) { return c == '\n'; }

uint64_t CountMemmem(const char* p, const char* end, std::string_view what) {
  uint64_t found = 0;
  while (p < end) {
    const void* hit = memmem(p, static_cast<size_t>(end - p), what.data(), what.size());
    if (hit == nullptr) break;
    ++found;
    p = static_cast<const char*>(hit) + what.size();
  }
  return found;
}

// 32 + what.size() bytes behind `end` are readable.
uint64_t CountSimd(const char* begin, const char* end, std::string_view what) {
  const __m256i first = _mm256_set1_epi8(what.front());
  const __m256i last = _mm256_set1_epi8(what.back());
  uint64_t found = 0;
  const char* free = begin;  // Matches begin here or later.
  for (const char* p = begin; p < end; p += 32) {
    __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + what.size() - 1));
    __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, last));
    auto bits = static_cast<uint32_t>(_mm256_movemask_epi8(both));
    for (; bits != 0; bits &= bits - 1) {
      const char* at = p + __builtin_ctz(bits);
      if (at < free || at + what.size() > end) continue;
      if (std::memcmp(at, what.data(), what.size()) != 0) continue;
      ++found;
      free = at + what.size();
    }
  }
  return found;
}

uint64_t CountRange(const Input& in, uint64_t from, uint64_t to, std::string_view what, bool simd,
                    bare::Buffer& buffer) {
  uint64_t found = 0, have = 0, front = 0;  // `have`: bytes of a line that the previous block cut, from `front` on.
  uint64_t slack = what.size() + 64 + kFrontMost;
  while (from < to) {
    if (buffer.size() < have + kBlock / 2 + slack) buffer.resize(buffer.size() * 2 + slack);
    uint64_t n = std::min(buffer.size() - slack - have, to - from);
    char* begin = buffer.data() + front;
    in.Read(begin + have, n, from);
    from += n;
    n += have;
    uint64_t end = n;
    if (from < to) {
      const void* newline = memrchr(begin, '\n', n);
      end = newline ? static_cast<uint64_t>(static_cast<const char*>(newline) - begin) + 1 : 0;
    }
    found += simd ? CountSimd(begin, begin + end, what) : CountMemmem(begin, begin + end, what);
    have = n - end;
    front = Front(have);
    std::memmove(buffer.data() + front, begin + end, have);
  }
  return found;
}

}  // namespace
}  // namespace bare

int main(int argc, char** argv) {
  using namespace bare;
  if (argc != 4 || argv[3][0] == '\0' || std::strchr(argv[3], '\n') != nullptr) {
    std::fprintf(stderr, "usage: grep IN OUT LITERAL (not empty, without newlines)\n");
    return 1;
  }
  Input in(argv[1]);
  std::string_view what = argv[3];
  bool simd = std::getenv("BARE_SIMD") != nullptr;
  std::atomic<uint64_t> next{0}, total{0};
  Parallel(Threads(), [&](int) {
    bare::Buffer buffer(kBlock);
    for (;;) {
      uint64_t from = next.fetch_add(kRange);
      if (from >= in.size()) break;
      uint64_t to = std::min(from + kRange, in.size());
      total += CountRange(in, in.CutAfter(from, IsNewline), in.CutAfter(to, IsNewline), what, simd, buffer);
    }
  });
  int fd = Create(argv[2]);
  if (total > 0) {
    std::string line = std::to_string(total.load()) + "\t" + argv[3] + "\n";
    WriteAt(fd, line.data(), line.size(), 0);
  }
  if (close(fd) != 0) Die(argv[2]);
  return 0;
}
