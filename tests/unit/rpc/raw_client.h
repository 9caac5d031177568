#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/rpc/frame.h"

namespace mrd::rpc {

// One response as it came, owning its bytes.
struct RawResponse {
  std::int32_t call_id = 0;
  ResponseStatus status = ResponseStatus::kSuccess;
  ErrorDetail detail = ErrorDetail::kNone;
  std::string exception_class;
  std::string message;
  std::string client_id;
  std::int32_t retry_count = 0;
  std::string body;
};

// A blocking socket that says whatever the test wants. Reads give up after ten seconds.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);

  void Send(std::string_view bytes);
  void CloseWrite();
  // Bytes of which every kind of message of a client is made.
  static std::string Preamble();
  static std::string Context(std::string_view user, std::string_view real_user = "");
  static std::string Call(std::int32_t id, std::string_view method, std::string_view request,
                          std::string_view protocol = "test.Echo", std::uint64_t version = 1);
  static std::string Frame(std::string_view bytes);
  // Preamble and context.
  static std::string Hello(std::string_view user = "alice") { return Preamble() + Context(user); }

  // Whether something has come that was not received yet, or the end.
  bool Pending() const;
  // The next response; false at the end of the stream or when it is not one.
  bool Receive(RawResponse* response);
  // Everything up to the end of the stream; "timeout" when it does not end.
  std::string ReadToEnd();

 private:
  bool ReadExactly(char* out, std::size_t size);
  UniqueFd fd_;
};

inline constexpr std::string_view kTestClientId = "0123456789abcdef";

}  // namespace mrd::rpc
