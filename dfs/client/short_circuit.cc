#include "dfs/client/short_circuit.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "dfs/client/block_operation.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/operation.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

namespace {

// The datanode is on this host: it answers at once or not at all.
constexpr timeval kTimeout{.tv_sec = 5, .tv_usec = 0};
constexpr std::size_t kDescriptors = 2;
constexpr std::uint32_t kFdFormatVersion = 1;

Result<UniqueFd> ConnectUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return InvalidArgument("dfs.domain.socket.path=" + path + ": too long for a socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return FromErrno(errno, "socket");
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof(kTimeout));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kTimeout, sizeof(kTimeout));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return FromErrno(errno, "connect to " + path);
  return fd;
}

Status SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return FromErrno(errno, "send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Status::Ok();
}

Status ReceiveAll(int fd, char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(fd, out, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(errno, "receive");
    if (got == 0) return Unavailable("closed by peer");
    out += got;
    size -= static_cast<std::size_t>(got);
  }
  return Status::Ok();
}

// Byte by byte up to the message: the byte that carries the descriptors comes right after it and is not to be taken.
Result<pb::BlockOpResponseProto> ReceiveResponse(int fd) {
  std::string prefix;
  std::optional<wire::DelimitedLength> length;
  while (!length) {
    char byte = 0;
    MRD_RETURN_IF_ERROR(ReceiveAll(fd, &byte, 1));
    prefix += byte;
    MRD_ASSIGN_OR_RETURN(length, wire::DecodeDelimitedLength(prefix));
  }
  std::string message(length->message_bytes, '\0');
  MRD_RETURN_IF_ERROR(ReceiveAll(fd, message.data(), message.size()));
  pb::BlockOpResponseProto response;
  MRD_RETURN_IF_ERROR(wire::ParseMessage(message, "the datanode's answer", response));
  return response;
}

// The descriptors that come with the next byte.
Result<std::vector<UniqueFd>> ReceiveDescriptors(int fd, std::size_t wanted) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kDescriptors)> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return FromErrno(errno, "receive descriptors");
  if (got == 0) return Unavailable("closed by peer");
  std::vector<UniqueFd> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int received = -1;
      std::memcpy(&received, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      descriptors.emplace_back(received);
    }
  }
  if (descriptors.size() == wanted) return descriptors;
  return IoError("the datanode sent " + std::to_string(descriptors.size()) + " descriptors instead of " +
                 std::to_string(wanted));
}

std::set<std::string> InterfaceAddresses() {
  std::set<std::string> addresses;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return addresses;
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const int family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    std::array<char, NI_MAXHOST> text{};
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (::getnameinfo(one->ifa_addr, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      addresses.insert(text.data());
  }
  ::freeifaddrs(list);
  return addresses;
}

}  // namespace

Result<ReplicaFiles> RequestReplicaFiles(const std::string& socket_path, const ExtendedBlock& block,
                                         const BlockTokenStore& tokens) {
  pb::OpRequestShortCircuitAccessProto message;
  FillHeader({block, tokens, TokenUse::kRead}, message.mutable_header());
  message.set_maxversion(kFdFormatVersion);
  std::string operation;
  wire::AppendOperation(wire::Operation::kRequestShortCircuitFds, message, operation);
  MRD_ASSIGN_OR_RETURN(const UniqueFd fd, ConnectUnix(socket_path));
  MRD_RETURN_IF_ERROR(SendAll(fd.get(), operation).WithContext(socket_path));
  Result<pb::BlockOpResponseProto> response = ReceiveResponse(fd.get());
  if (!response.ok()) return response.status().WithContext(socket_path);
  MRD_RETURN_IF_ERROR(CheckSuccess(*response).WithContext(socket_path));
  MRD_ASSIGN_OR_RETURN(std::vector<UniqueFd> descriptors, ReceiveDescriptors(fd.get(), kDescriptors));
  ReplicaFiles files;
  files.data = std::move(descriptors[0]);
  files.meta = std::move(descriptors[1]);
  return files;
}

Result<LentFile> RequestLentFile(const std::string& socket_path, const std::string& operation) {
  LentFile lent;
  MRD_ASSIGN_OR_RETURN(lent.connection, ConnectUnix(socket_path));
  const int fd = lent.connection.get();
  MRD_RETURN_IF_ERROR(SendAll(fd, operation).WithContext(socket_path));
  Result<pb::BlockOpResponseProto> response = ReceiveResponse(fd);
  if (!response.ok()) return response.status().WithContext(socket_path);
  MRD_RETURN_IF_ERROR(CheckSuccess(*response).WithContext(socket_path));
  if (!response->has_shortcircuitaccessversion()) return lent;
  MRD_ASSIGN_OR_RETURN(std::vector<UniqueFd> descriptors, ReceiveDescriptors(fd, 1));
  lent.data = std::move(descriptors.front());
  return lent;
}

std::string SocketPathOf(std::string path, std::uint16_t port) {
  constexpr std::string_view kMark = "_PORT";
  if (const std::size_t at = path.find(kMark); at != std::string::npos) path.replace(at, kMark.size(), std::to_string(port));
  return path;
}

bool IsLocalAddress(const std::string& ip) {
  if (ip.starts_with("127.") || ip == "::1") return true;
  static const std::set<std::string> addresses = InterfaceAddresses();  // as they were when first asked
  return addresses.contains(ip);
}

}  // namespace mrd::dfs::client
