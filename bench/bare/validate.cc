// Checks sorted 100-byte records: validate FILE… prints "records R checksum C ordered yes|no" for the
// files read one after the other. The checksum is the sum of a hash of each record, so that an
// input and its sorted output have the same one.

#include <immintrin.h>

#include <algorithm>

#include "input.h"

int main(int argc, char** argv) {
  constexpr uint64_t kRecord = 100, kBlock = 10000;
  bare::Buffer block(kBlock * kRecord);
  char last[10] = {};
  uint64_t records = 0, checksum = 0;
  bool ordered = true;
  for (int f = 1; f < argc; ++f) {
    bare::Input in(argv[f]);
    if (in.size() % kRecord != 0) {
      std::fprintf(stderr, "%s: not a whole number of records\n", argv[f]);
      return 1;
    }
    for (uint64_t at = 0; at < in.size();) {
      uint64_t n = std::min<uint64_t>(block.size(), in.size() - at);
      in.Read(block.data(), n, at);
      at += n;
      for (const char* r = block.data(); r < block.data() + n; r += kRecord) {
        ordered = ordered && std::memcmp(last, r, sizeof last) <= 0;
        std::memcpy(last, r, sizeof last);
        uint64_t hash = 0x9e3779b97f4a7c15;
        for (int i = 0; i < 12; ++i) {
          uint64_t x;
          std::memcpy(&x, r + i * 8, 8);
          hash = (hash ^ x) * 0xd6e8feb86659fd93;
          hash ^= hash >> 29;
        }
        uint32_t tail;
        std::memcpy(&tail, r + 96, 4);
        checksum += (hash ^ tail) * 0xd6e8feb86659fd93;
        ++records;
      }
    }
  }
  std::printf("records %llu checksum %016llx ordered %s\n", static_cast<unsigned long long>(records),
              static_cast<unsigned long long>(checksum), ordered ? "yes" : "no");
  return 0;
}
