// The probe of a sort that does not fit memory: copytwice IN TEMP_DIR OUT_DIR. Every byte is read
// and written twice, in files like those of the sort: the input is cut into one temporary file per
// 128 MiB, then two output files each read their half of every temporary file. Nothing is sorted.
//
// With "forget" as a fourth argument, what was read is taken out of the page cache, and what was read of a temporary file
// off the disk too: faster where memory is short, or dear.

#include <algorithm>

#include "input.h"

namespace {

constexpr uint64_t kSplit = 128u << 20;
constexpr uint64_t kPiece = 1u << 20;

using bare::Input;

constexpr uint64_t kForgotten = 8u << 20;  // At once; each call costs.

// Copies [at, end) and forgets it as `forget` says: a function of position and size.
template <class Forget>
uint64_t CopyRange(const Input& from, uint64_t at, uint64_t end, int to, uint64_t to_at,
                   bare::Buffer& piece, Forget forget) {
  uint64_t kept = at;
  while (at < end) {
    uint64_t n = std::min(kPiece, end - at);
    from.Read(piece.data(), n, at);
    bare::WriteAt(to, piece.data(), n, to_at);
    at += n;
    to_at += n;
    if (at - kept >= kForgotten || at == end) {
      forget(kept, at - kept);
      kept = at;
    }
  }
  return to_at;
}

}  // namespace

int main(int argc, char** argv) {
  const bool forget = argc == 5 && std::string(argv[4]) == "forget";
  if (argc != 4 && !forget) {
    std::fprintf(stderr, "usage: copytwice IN TEMP_DIR OUT_DIR [forget] (both exist)\n");
    return 1;
  }
  bare::Phases phases;
  Input in(argv[1]);
  uint64_t splits = (in.size() + kSplit - 1) / kSplit;
  auto temp = [&](uint64_t s) { return std::string(argv[2]) + "/spill-" + std::to_string(s); };
  std::atomic<uint64_t> next{0};
  bare::Parallel(2, [&](int) {
    bare::Buffer piece(kPiece);
    for (uint64_t s; (s = next.fetch_add(1)) < splits;) {
      int fd = bare::Create(temp(s).c_str());
      CopyRange(in, s * kSplit, std::min((s + 1) * kSplit, in.size()), fd, 0, piece,
                [&](uint64_t from, uint64_t n) {
                  if (forget) posix_fadvise(in.fd(), static_cast<off_t>(from), static_cast<off_t>(n), POSIX_FADV_DONTNEED);
                });
      if (close(fd) != 0) bare::Die(temp(s));
    }
  });
  phases.Done("spill");
  bare::Parallel(2, [&](int t) {
    bare::Buffer piece(kPiece);
    auto half = static_cast<uint64_t>(t);
    std::string path = std::string(argv[3]) + "/part-r-0000" + std::to_string(t);
    int fd = bare::Create(path.c_str());
    uint64_t at = 0;
    for (uint64_t s = 0; s < splits; ++s) {
      Input spill(temp(s).c_str());
      int hole = forget ? open(temp(s).c_str(), O_WRONLY | O_CLOEXEC) : -1;
      at = CopyRange(spill, half * spill.size() / 2, (half + 1) * spill.size() / 2, fd, at, piece,
                     [&](uint64_t from, uint64_t n) {
                       if (!forget) return;
                       fallocate(hole, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                                 static_cast<off_t>(n));
                     });
      if (hole >= 0) close(hole);
    }
    if (close(fd) != 0) bare::Die(path);
  });
  for (uint64_t s = 0; s < splits; ++s) unlink(temp(s).c_str());
  phases.Done("output");
  return 0;
}
