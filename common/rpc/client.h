#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/net/runtime.h"
#include "common/net/stream.h"

namespace mrd::rpc {

// Nobody has to be told of a connection that takes no longer to be made.
inline constexpr std::chrono::milliseconds kWaitUntold{2'000};

struct ClientOptions {
  std::string host;
  std::uint16_t port = 0;
  std::string user;       // effective user
  std::string real_user;  // when impersonating; else empty
  std::string protocol;   // declaringClassProtocolName
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::milliseconds call_timeout{60'000};
  int connect_attempts = 1;                          // when refused or timed out
  int first_connect_attempts = 0;                    // before it ever was connected; 0: the same number
  std::chrono::milliseconds connect_retry_delay{1'000};
  // Called on the connection's executor, once for each time that it takes longer than kWaitUntold, with why; may be empty.
  std::function<void(const Status& why)> on_waiting;
  std::string client_id;  // 16 bytes that name this client to the retry cache; random when empty
};

// One connection to an RPC server, made at the first call and again after it broke; many calls at once share it. A call
// that was sent and whose reply got lost is repeated with the same call id once (the server's retry cache makes that safe)
// and then fails with kUnavailable. An exception thrown by the server comes back as a Status with its class as the tag, its
// first line as the message and the code that the class stands for. A call unanswered at its deadline is
// kDeadlineExceeded; whether the server did it is then unknown.
// Threads: call from coroutines on any executor. Destroying or closing a client ends its calls with kCancelled.
class Client {
 public:
  // `executor` is a strand or has one thread: the connection lives there. `connector` must outlive the client's coroutines,
  // which end soon after Close().
  Client(net::Connector& connector, boost::asio::any_io_executor executor, ClientOptions options);
  ~Client();

  // `request` is the serialised message; the result the serialised response.
  net::awaitable<Result<std::string>> Call(std::string method, std::string request);
  // The same with another deadline than the options'.
  net::awaitable<Result<std::string>> Call(std::string method, std::string request, std::chrono::milliseconds timeout);
  void Close();
  std::string address() const;  // "host:port", for messages

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mrd::rpc
