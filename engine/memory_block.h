#pragma once

#include <cstddef>
#include <utility>

namespace mrd::engine {

// A private anonymous mapping, zero-filled, whose pages cost nothing until they are touched. Asks for huge pages unless
// told otherwise, since tables and sort buffers are walked at random. Running out of address space ends the process (as new would).
class MemoryBlock {
 public:
  MemoryBlock() = default;
  explicit MemoryBlock(std::size_t size, bool huge_pages = true);
  ~MemoryBlock();
  MemoryBlock(MemoryBlock&& other) noexcept { *this = std::move(other); }
  MemoryBlock& operator=(MemoryBlock&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  // Gives the pages back to the system; the content is zero afterwards.
  void Discard();

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mrd::engine
