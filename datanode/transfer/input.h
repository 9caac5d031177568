#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <google/protobuf/message_lite.h>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::datanode {

// Bytes in a buffer that lives as long as somebody holds the piece.
struct Piece {
  std::shared_ptr<char[]> owner;
  std::string_view bytes;
};

// Reads messages and packets from a stream through buffers that hold several of them, so that one system call fetches many.
// Packets are handed out where they lie. On the stream's executor; refers to the stream.
class Input {
 public:
  explicit Input(net::Stream& stream) : stream_(stream) {}

  // Makes at least `size` bytes available in buffered(). The error is the stream's; "closed by peer" also when some bytes
  // have come.
  net::awaitable<Status> Need(std::size_t size);
  std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }
  // REQUIRES: size <= buffered().size().
  void Consume(std::size_t size) { begin_ += size; }
  // Like Consume(), but the bytes stay valid with the piece.
  Piece Take(std::size_t size);
  // How much to fetch at a time from now on. Small at first, since most connections carry little.
  void SetBufferBytes(std::size_t bytes) { buffer_bytes_ = bytes; }

  // Reads the bytes of a message with its length in front; they stay valid with the piece.
  net::awaitable<Result<Piece>> ReadDelimitedBytes();
  // Reads a message with its length in front. kInvalidArgument, naming `what`, when it is none.
  net::awaitable<Status> ReadDelimited(std::string_view what, google::protobuf::MessageLite& message);

 private:
  void MakeRoom(std::size_t size);

  struct Buffer {
    std::shared_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  net::Stream& stream_;
  std::size_t buffer_bytes_ = 4096;
  std::shared_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<Buffer> used_;  // given out; taken again once nobody holds a piece of them
};

}  // namespace mrd::datanode
