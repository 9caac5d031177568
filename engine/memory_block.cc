#include "engine/memory_block.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace mrd::engine {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
// Smaller blocks are well served by ordinary pages; larger ones are walked at random, and without huge pages every step
// would cost an address translation too.
constexpr std::size_t kHugePagesFrom = std::size_t{1} << 20;
// A block as large as this is room to fill from its beginning, of which a short task uses a few bytes. So the beginning
// has ordinary pages: the kernel clears a huge page, 2 MiB, when its first byte is touched.
constexpr std::size_t kRoomFrom = std::size_t{16} << 20;
constexpr std::size_t kOrdinaryBegin = std::size_t{256} << 10;

std::size_t RoundUp(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

char* Map(std::size_t size) {
  void* mapped =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(mapped);
}

}  // namespace

MemoryBlock::MemoryBlock(std::size_t size, bool huge_pages) {
  if (size == 0) return;
  if (size < kHugePagesFrom || !huge_pages) {
    data_ = Map(size);
    size_ = size;
    return;
  }
  // Only an aligned stretch gets huge pages: map one more than needed and cut off what sticks out.
  const std::size_t begin = size < kRoomFrom ? 0 : kOrdinaryBegin;
  size_ = begin + RoundUp(size - begin, kHugePage);
  char* const mapped = Map(size_ + kHugePage);
  data_ = reinterpret_cast<char*>(RoundUp(reinterpret_cast<std::uintptr_t>(mapped) + begin, kHugePage)) - begin;
  const std::size_t before = static_cast<std::size_t>(data_ - mapped);
  if (before != 0) ::munmap(mapped, before);
  if (before != kHugePage) ::munmap(data_ + size_, kHugePage - before);
  ::madvise(data_ + begin, size_ - begin, MADV_HUGEPAGE);
}

MemoryBlock::~MemoryBlock() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void MemoryBlock::Discard() {
  if (data_ != nullptr) ::madvise(data_, size_, MADV_DONTNEED);
}

}  // namespace mrd::engine
