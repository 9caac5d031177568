#include "dfs/wire/delimited.h"

#include <cstdint>

#include "common/base/check.h"

namespace mrd::dfs::wire {

void AppendDelimited(const google::protobuf::MessageLite& message, std::string& out) {
  MRD_CHECK(message.IsInitialized());
  const std::size_t size = message.ByteSizeLong();
  MRD_CHECK(size <= kMessageBytesMax);
  std::size_t rest = size;
  for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<char>(0x80 | (rest & 0x7F)));
  out.push_back(static_cast<char>(rest));
  const std::size_t at = out.size();
  out.resize(at + size);
  // The size was just computed, so the cached sizes that this relies on are those of this message.
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + at));
}

Result<std::optional<DelimitedLength>> DecodeDelimitedLength(std::string_view bytes, std::size_t message_bytes_max) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kLengthBytesMax; ++i) {
    if (i == bytes.size()) return std::optional<DelimitedLength>();
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      if (value > message_bytes_max) {
        return InvalidArgument("message of " + std::to_string(value) + " bytes, the limit is " +
                               std::to_string(message_bytes_max));
      }
      return std::optional(DelimitedLength{.prefix_bytes = i + 1, .message_bytes = static_cast<std::size_t>(value)});
    }
  }
  return InvalidArgument("length of a message has more than " + std::to_string(kLengthBytesMax) + " bytes");
}

Status ParseMessage(std::string_view bytes, std::string_view what, google::protobuf::MessageLite& message) {
  // The runtime takes the size as int. The partial form does not write to stderr about absent fields.
  if (bytes.size() > INT32_MAX || !message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgument(std::string(what) + ": " + std::to_string(bytes.size()) +
                           " bytes that are not this message");
  }
  if (!message.IsInitialized()) return InvalidArgument(std::string(what) + ": a required field is absent");
  return Status::Ok();
}

}  // namespace mrd::dfs::wire
