#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <google/protobuf/message_lite.h>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::dfs::client {

using net::awaitable;

// A stream to a datanode with a small read buffer: short messages are parsed from it, data goes past it into the caller's
// memory. Owns the stream. One reader and one writer at a time.
class BufferedStream {
 public:
  static constexpr std::size_t kBufferBytes = 8192;

  explicit BufferedStream(std::unique_ptr<net::Stream> stream);

  net::Stream& stream() { return *stream_; }
  // Nothing has arrived that was not yet taken.
  bool drained() const { return begin_ == end_; }

  // Reads until at least `size` bytes are there and returns them; they stay valid until the next call. Not consumed.
  // REQUIRES: size <= kBufferBytes.
  awaitable<Result<std::string_view>> Peek(std::size_t size);
  void Consume(std::size_t size) { begin_ += size; }
  // Exactly `size` bytes into `out`.
  awaitable<Status> Read(char* out, std::size_t size);
  // A message with its length in front of it. `what` names it in errors.
  awaitable<Status> ReadDelimited(std::string_view what, google::protobuf::MessageLite& message);
  // The bytes of such a message.
  awaitable<Result<std::string>> ReadDelimitedBytes();

 private:
  std::unique_ptr<net::Stream> stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mrd::dfs::client
