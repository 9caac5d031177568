#pragma once

// Messages with their length in front, as a varint: how everything but packets travels on the data port.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "common/base/status.h"

namespace mrd::dfs::wire {

// What a message of the data port may measure. The largest one in use names a pipeline of nodes: a few KiB.
inline constexpr std::size_t kMessageBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kLengthBytesMax = 5;  // of a varint of 32 bits

// Appends length and message. REQUIRES: all required fields are set.
void AppendDelimited(const google::protobuf::MessageLite& message, std::string& out);

struct DelimitedLength {
  std::size_t prefix_bytes = 0;   // of the varint itself
  std::size_t message_bytes = 0;  // of what follows
};

// Reads the length at the beginning of `bytes`. Nothing when they end before it does; kInvalidArgument when it is no
// 32-bit varint or exceeds `message_bytes_max`. Never needs more than kLengthBytesMax bytes.
Result<std::optional<DelimitedLength>> DecodeDelimitedLength(std::string_view bytes,
                                                             std::size_t message_bytes_max = kMessageBytesMax);

// Fills `message` from exactly these bytes (without a length). kInvalidArgument, naming `what`, when they are not
// one, or when a required field is absent; `message` is then of no use.
Status ParseMessage(std::string_view bytes, std::string_view what, google::protobuf::MessageLite& message);

}  // namespace mrd::dfs::wire
