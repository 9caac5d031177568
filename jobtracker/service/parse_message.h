#pragma once

#include <string_view>

#include <google/protobuf/message_lite.h>

namespace mrd::jobtracker {

// Whether the bytes are a whole message. Says nothing to stderr about those that are not, as the library's own call would:
// what a peer sends must not fill the log.
inline bool ParseMessage(std::string_view bytes, google::protobuf::MessageLite* message) {
  return message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())) && message->IsInitialized();
}

}  // namespace mrd::jobtracker
