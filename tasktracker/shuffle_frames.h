#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message_lite.h>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::tasktracker {

// The bytes of a shuffle connection (docs/protocols.md): frames of four bytes of length, big-endian, and a message;
// after an answer the raw bytes of its segments.

inline constexpr std::size_t kShuffleFrameMax = std::size_t{1} << 20;
inline constexpr std::uint32_t kShuffleVersion = 1;
inline constexpr int kFetchEntriesMax = 256;  // in one request

// A frame with the message. kInvalidArgument for one that is too large.
Result<std::string> ShuffleFrame(const google::protobuf::MessageLite& message);

// Reads frames and raw bytes through a buffer. Refers to the stream; on its executor.
class ShuffleInput {
 public:
  explicit ShuffleInput(net::Stream& stream) : stream_(stream) {}

  // kCorruption, naming the peer, for what is no such message or too large; else the stream's error.
  net::awaitable<Status> ReadMessage(google::protobuf::MessageLite* message);
  // At least one byte and at most `size`, which are the caller's until the next call.
  net::awaitable<Result<std::string_view>> ReadSome(std::size_t size);

 private:
  net::awaitable<Status> Need(std::size_t size);

  net::Stream& stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mrd::tasktracker
