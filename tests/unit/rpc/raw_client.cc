#include "tests/unit/rpc/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <stdexcept>

#include "common/rpc/protobuf_wire.h"

namespace mrd::rpc {

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  const timeval timeout{10, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to the server of the test");
  }
}

void RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return;  // the server closed; reading will show
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

bool RawClient::Pending() const {
  pollfd readable{fd_.get(), POLLIN, 0};
  return ::poll(&readable, 1, 0) > 0;
}

void RawClient::CloseWrite() { ::shutdown(fd_.get(), SHUT_WR); }

std::string RawClient::Preamble() {
  std::string out;
  AppendPreamble(&out, kAuthNone);
  return out;
}

std::string RawClient::Context(std::string_view user, std::string_view real_user) {
  std::string info;
  AppendBytesField(&info, 1, user);
  if (!real_user.empty()) AppendBytesField(&info, 2, real_user);
  std::string context;
  AppendBytesField(&context, 2, info);
  AppendBytesField(&context, 3, "whatever");
  std::string out;
  AppendControl(&out, kCallIdContext, kTestClientId, context);
  return out;
}

std::string RawClient::Call(std::int32_t id, std::string_view method, std::string_view request, std::string_view protocol,
                            std::uint64_t version) {
  std::string out;
  RequestHeader header;
  header.call_id = id;
  header.client_id = kTestClientId;
  header.retry_count = 3;
  AppendCall(&out, header, CallHeader{method, protocol, version}, request);
  return out;
}

std::string RawClient::Frame(std::string_view bytes) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bytes.size() >> shift));
  return out.append(bytes);
}

bool RawClient::ReadExactly(char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(fd_.get(), out, size, 0);
    if (got <= 0) return false;
    out += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool RawClient::Receive(RawResponse* response) {
  char length[kLengthSize];
  if (!ReadExactly(length, sizeof length)) return false;
  std::string bytes(static_cast<std::size_t>(DecodeLength(std::string_view(length, sizeof length))), '\0');
  if (!ReadExactly(bytes.data(), bytes.size())) return false;
  std::string_view frame = bytes;
  ResponseHeader header;
  if (!TakeResponseHeader(&frame, &header)) return false;
  response->call_id = header.call_id;
  response->status = header.status;
  response->detail = header.detail;
  response->exception_class = header.exception_class;
  response->message = header.message;
  response->client_id = header.client_id;
  response->retry_count = header.retry_count;
  response->body.clear();
  if (header.status != ResponseStatus::kSuccess) return frame.empty();
  std::string_view body;
  if (!TakeDelimited(&frame, &body) || !frame.empty()) return false;
  response->body = body;
  return true;
}

std::string RawClient::ReadToEnd() {
  std::string all;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return "timeout";
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace mrd::rpc
