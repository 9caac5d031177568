#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace mrd::rpc {

// Bytes read from a connection and not yet used. Calls whose handlers wait keep their request's bytes where they are by
// holding pin(); new bytes then go to new memory. One executor.
class ReadBuffer {
 public:
  ReadBuffer();

  // The unused bytes. Valid until MakeRoom(), or while pin() of now is held.
  std::string_view bytes() const { return {block_.get() + begin_, end_ - begin_}; }
  void Consume(std::size_t size) { begin_ += size; }
  std::shared_ptr<const char[]> pin() const { return block_; }

  // Room for reading more, at least one byte. `wanted` is how long the unused bytes are to become, as far as it is known:
  // memory grows towards it only as they arrive, so that a length that was claimed costs nothing.
  void MakeRoom(std::size_t wanted);
  char* room() { return block_.get() + end_; }
  std::size_t room_size() const { return capacity_ - end_; }
  void Added(std::size_t size) { end_ += size; }

  // How much memory there is now, pinned blocks that were left behind aside.
  std::size_t capacity() const { return capacity_; }

  // Drops everything.
  void Clear() { begin_ = end_; }

 private:
  void MoveTo(std::size_t capacity);

  std::shared_ptr<char[]> block_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mrd::rpc
