#include "datanode/transfer/fd_passing.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "common/base/check.h"
#include "common/net/runtime.h"

namespace mrd::datanode {
namespace {

constexpr std::size_t kDescriptorsMax = 2;
constexpr int kAttempts = 100;
constexpr std::chrono::milliseconds kPause{10};

// 0, or why not.
int TrySend(int socket, std::span<const int> descriptors, char byte) {
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kDescriptorsMax)> control = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0 : errno;
}

}  // namespace

net::awaitable<Status> SendDescriptors(net::Stream& stream, std::span<const int> descriptors, char byte) {
  MRD_CHECK(!descriptors.empty() && descriptors.size() <= kDescriptorsMax);
  const int socket = stream.descriptor();
  if (socket < 0) co_return InvalidArgument("descriptors cannot be sent to " + stream.peer().ToString());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int error = TrySend(socket, descriptors, byte);
    if (error == 0) co_return Status::Ok();
    // The answer that goes before rarely fills the socket; when it does, the client is about to read it.
    if (error != EAGAIN && error != EWOULDBLOCK && error != EINTR)
      co_return FromErrno(error, "send descriptors to " + stream.peer().ToString());
    Status slept = co_await net::SleepFor(kPause);
    if (!slept.ok()) co_return slept;
  }
  co_return Status(Code::kDeadlineExceeded, "send descriptors to " + stream.peer().ToString() + ": it takes nothing");
}

}  // namespace mrd::datanode
