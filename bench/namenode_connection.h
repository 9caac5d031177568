#pragma once

// One connection of a load generator to a namenode: frames written and read by hand, so that the client costs little
// beside the server. Whatever goes wrong ends the program: a benchmark with a failed call measures nothing.

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mrd::bench {

inline constexpr std::string_view kClientProtocol = "org.apache.hadoop.hdfs.protocol.ClientProtocol";
inline constexpr std::string_view kDatanodeProtocol = "mrd.DatanodeProtocol";

// Says why on standard error and ends the program with status 1.
[[noreturn]] void Fail(const std::string& text);

// A method and its request.
struct Call {
  std::string_view method;
  std::string request;
  std::string_view protocol = kClientProtocol;
};

// One call at a time is under way. Threads: one.
class NamenodeConnection {
 public:
  // Connects. `client_id` has rpc::kClientIdSize bytes.
  NamenodeConnection(const sockaddr_in& address, std::string client_id);

  int fd() const { return fd_; }
  // A name for leases, like no other connection's.
  const std::string& client_name() const { return client_name_; }

  void Send(Call call);
  // Takes what has arrived. False when more must arrive; else `answer` is the message of a successful reply, valid until
  // the next call.
  bool Take(std::string_view* answer);
  // Both, waiting for the answer.
  std::string_view Ask(Call call);

 private:
  void SendBytes(std::string_view bytes);

  int fd_ = -1;
  std::string client_id_;
  std::string client_name_;
  std::int32_t call_id_ = 0;
  std::string_view method_;
  std::string in_;
  std::size_t taken_ = 0;  // bytes of in_ that the last answer used
};

}  // namespace mrd::bench
