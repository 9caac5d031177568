#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace google::protobuf {
class MessageLite;
}

namespace mrd::tasktracker {

// How the messages of proto/mr/umbilical.proto travel between a tasktracker and its workers: each a frame of four bytes
// of length, big-endian, and that many bytes of message, over a Unix stream socket.

inline constexpr std::size_t kUmbilicalHeaderBytes = 4;
inline constexpr std::size_t kUmbilicalMessageMax = std::size_t{64} << 20;

// The bytes of a message on the socket. kInvalidArgument for a message over the limit.
Result<std::string> UmbilicalFrame(const google::protobuf::MessageLite& message);
// The length of what follows a header. kCorruption for one over the limit. REQUIRES: header has kUmbilicalHeaderBytes.
Result<std::size_t> UmbilicalBodyBytes(std::string_view header);

// Two connected ends, both closed on exec.
Result<std::pair<UniqueFd, UniqueFd>> UmbilicalPair();

// Sends a frame that UmbilicalFrame() made with one more descriptor attached, of which the peer gets a copy. The socket
// may be non-blocking: the call then waits until the peer reads. kUnavailable when the peer has closed.
Status SendFrame(int socket, std::string_view frame, int attached = -1);

// One end, for a process that may block. Owns the socket, which is in blocking mode.
// Threads: one sends while another receives; not two of a kind.
class Umbilical {
 public:
  explicit Umbilical(UniqueFd socket) : socket_(std::move(socket)) {}

  // kUnavailable when the peer has closed.
  Status Send(const google::protobuf::MessageLite& message, int attached = -1);
  // Waits for a message. False when the peer has closed between two of them; kCorruption within one, or when it is of
  // another type. A descriptor that came with the message is put into `attached`, or closed when that is nullptr.
  Result<bool> Receive(google::protobuf::MessageLite* message, UniqueFd* attached = nullptr);

  int descriptor() const { return socket_.get(); }

 private:
  UniqueFd socket_;
};

}  // namespace mrd::tasktracker
