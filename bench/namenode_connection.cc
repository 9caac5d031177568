#include "bench/namenode_connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/rpc/frame.h"
#include "common/rpc/protobuf_wire.h"

namespace mrd::bench {
namespace {

// Methods whose answer is one boolean that must be true.
bool AnswersBoolean(std::string_view method) { return method == "mkdirs" || method == "complete" || method == "delete"; }

}  // namespace

void Fail(const std::string& text) {
  std::fprintf(stderr, "namenode_load: %s\n", text.c_str());
  std::exit(1);
}

NamenodeConnection::NamenodeConnection(const sockaddr_in& address, std::string client_id) : client_id_(std::move(client_id)) {
  client_name_ = "namenode_load_";
  for (const char c : client_id_) client_name_ += static_cast<char>('a' + (static_cast<unsigned char>(c) & 15));
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    Fail(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::string user, context, hello;
  const char* name = std::getenv("HADOOP_USER_NAME");
  if (name == nullptr) name = std::getenv("USER");
  rpc::AppendBytesField(&user, 1, name == nullptr ? "root" : name);
  rpc::AppendBytesField(&context, 2, user);
  rpc::AppendBytesField(&context, 3, kClientProtocol);
  rpc::AppendPreamble(&hello, rpc::kAuthNone);
  rpc::AppendControl(&hello, rpc::kCallIdContext, client_id_, context);
  SendBytes(hello);
}

void NamenodeConnection::Send(Call call) {
  method_ = call.method;
  rpc::RequestHeader header;
  header.rpc_kind = rpc::kRpcKindProtobuf;
  header.rpc_op = rpc::kRpcOpFinal;
  header.call_id = call_id_++;
  header.client_id = client_id_;
  header.retry_count = 0;
  std::string out;
  rpc::AppendCall(&out, header, {call.method, call.protocol, 1}, call.request);
  SendBytes(out);
}

bool NamenodeConnection::Take(std::string_view* answer) {
  in_.erase(0, std::exchange(taken_, 0));
  char buffer[65536];
  const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
  if (got <= 0) Fail("the namenode closed a connection");
  in_.append(buffer, static_cast<std::size_t>(got));
  if (in_.size() < rpc::kLengthSize) return false;
  const auto length = static_cast<std::size_t>(rpc::DecodeLength(in_));
  if (in_.size() < rpc::kLengthSize + length) return false;
  taken_ = rpc::kLengthSize + length;
  std::string_view frame = std::string_view(in_).substr(rpc::kLengthSize, length);
  rpc::ResponseHeader header;
  if (!rpc::TakeResponseHeader(&frame, &header)) Fail("an answer is no RPC answer");
  if (header.status != rpc::ResponseStatus::kSuccess) {
    Fail(std::string(method_) + ": " + std::string(header.exception_class) + ": " + std::string(header.message));
  }
  if (!rpc::TakeDelimited(&frame, answer)) Fail("an answer has no message");
  if (AnswersBoolean(method_) && *answer != std::string_view("\x08\x01", 2)) Fail(std::string(method_) + " answered false");
  if (method_ == "getFileInfo" && answer->empty()) Fail("getFileInfo: there is no such file");
  return true;
}

std::string_view NamenodeConnection::Ask(Call call) {
  Send(std::move(call));
  std::string_view answer;
  while (!Take(&answer)) {
  }
  return answer;
}

void NamenodeConnection::SendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) Fail(std::string("cannot send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace mrd::bench
