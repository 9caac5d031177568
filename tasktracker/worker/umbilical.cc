#include "tasktracker/worker/umbilical.h"

#include <cerrno>
#include <cstring>

#include <google/protobuf/message_lite.h>
#include <poll.h>
#include <sys/socket.h>

namespace mrd::tasktracker {

namespace {

// Reads exactly `size` bytes; how many there were before the peer closed. Takes a descriptor that comes with them.
Result<std::size_t> ReadFully(int socket, char* out, std::size_t size, UniqueFd* attached) {
  std::size_t have = 0;
  while (have < size) {
    iovec part{out + have, size - have};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == ECONNRESET) return have;
      return FromErrno(errno, "read from the umbilical");
    }
    for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
      if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(one), sizeof(descriptor));
      UniqueFd owned(descriptor);
      if (attached != nullptr) *attached = std::move(owned);
    }
    if (got == 0) return have;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

}  // namespace

Result<std::string> UmbilicalFrame(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  if (size > kUmbilicalMessageMax) {
    return InvalidArgument("a message of " + std::to_string(size) + " bytes is too large for the umbilical (limit " +
                           std::to_string(kUmbilicalMessageMax) + ")");
  }
  std::string frame;
  frame.reserve(kUmbilicalHeaderBytes + size);
  for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(size >> shift & 0xff));
  if (!message.AppendToString(&frame)) return Internal("a message for the umbilical lacks a required field");
  return frame;
}

Result<std::size_t> UmbilicalBodyBytes(std::string_view header) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < kUmbilicalHeaderBytes; ++i) size = size << 8 | static_cast<unsigned char>(header[i]);
  if (size > kUmbilicalMessageMax) {
    return Corruption("the umbilical announces a message of " + std::to_string(size) + " bytes (limit " +
                      std::to_string(kUmbilicalMessageMax) + ")");
  }
  return size;
}

Result<std::pair<UniqueFd, UniqueFd>> UmbilicalPair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return FromErrno(errno, "make the sockets of an umbilical");
  }
  return std::pair<UniqueFd, UniqueFd>(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Status SendFrame(int socket, std::string_view frame, int attached) {
  std::size_t sent = 0;
  while (sent < frame.size()) {
    iovec part{const_cast<char*>(frame.data()) + sent, frame.size() - sent};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    // The descriptor travels with the first byte.
    if (attached >= 0 && sent == 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof(control);
      cmsghdr* const one = CMSG_FIRSTHDR(&message);
      one->cmsg_level = SOL_SOCKET;
      one->cmsg_type = SCM_RIGHTS;
      one->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(one), &attached, sizeof(attached));
    }
    const ssize_t wrote = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (wrote >= 0) {
      sent += static_cast<std::size_t>(wrote);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd writable{socket, POLLOUT, 0};
      if (::poll(&writable, 1, -1) < 0 && errno != EINTR) return FromErrno(errno, "wait for the umbilical");
      continue;
    }
    if (errno == EPIPE || errno == ECONNRESET) return Unavailable("the other end of the umbilical was closed");
    return FromErrno(errno, "write to the umbilical");
  }
  return Status::Ok();
}

Status Umbilical::Send(const google::protobuf::MessageLite& message, int attached) {
  MRD_ASSIGN_OR_RETURN(const std::string frame, UmbilicalFrame(message));
  return SendFrame(socket_.get(), frame, attached);
}

Result<bool> Umbilical::Receive(google::protobuf::MessageLite* message, UniqueFd* attached) {
  char header[kUmbilicalHeaderBytes];
  MRD_ASSIGN_OR_RETURN(const std::size_t have, ReadFully(socket_.get(), header, sizeof(header), attached));
  if (have == 0) return false;
  if (have < sizeof(header)) return Corruption("the umbilical was closed within a message");
  MRD_ASSIGN_OR_RETURN(const std::size_t size, UmbilicalBodyBytes({header, sizeof(header)}));
  std::string body(size, '\0');
  MRD_ASSIGN_OR_RETURN(const std::size_t got, ReadFully(socket_.get(), body.data(), size, attached));
  if (got < size) return Corruption("the umbilical was closed within a message");
  if (!message->ParseFromString(body)) {
    return Corruption("a message of " + std::to_string(size) + " bytes on the umbilical is not " +
                      message->GetTypeName());
  }
  return true;
}

}  // namespace mrd::tasktracker
