// Brings the machine into the same state before each measured run: settle MIB FILE…. Earlier output
// goes to disk, the files come into the page cache, and MIB of memory are touched and freed:
// on a virtual machine, memory that was free for a while costs its next user a trip to the host.

#include <algorithm>

#include "input.h"

int main(int argc, char** argv) {
  uint64_t bytes = (argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0) << 20;
  sync();
  if (bytes > 0) {
    char* p = bare::Pages<char>(bytes);
    for (uint64_t i = 0; i < bytes; i += 4096) p[i] = 1;
    bare::FreePages(p, bytes);
  }
  std::vector<char> piece(1 << 20);
  for (int f = 2; f < argc; ++f) {
    bare::Input in(argv[f]);
    for (uint64_t at = 0; at < in.size(); at += piece.size()) {
      in.Read(piece.data(), std::min<uint64_t>(piece.size(), in.size() - at), at);
    }
  }
  return 0;
}
