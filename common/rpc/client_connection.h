#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/net/stream.h"
#include "common/net/waiter.h"
#include "common/rpc/client.h"
#include "common/rpc/read_buffer.h"

namespace mrd::rpc {

// A call of a client, in the frame of the coroutine that waits for its end.
struct OutgoingCall {
  std::string method;
  std::string request;
  std::chrono::milliseconds timeout{0};
  Result<std::string> result;
};

// The connection behind a Client.
//
// Operation. While there are calls or a connection, a coroutine, Run(), connects, reads responses and connects again. Calls
// are encoded into `out_` when they come, or when there is a connection; a writer coroutine is started when there is
// something to send and ends when it is sent. One timer, set for the earliest deadline, ends calls that are late and sends
// a ping on a connection that is silent while calls wait.
//
// Concurrency. Everything on the client's executor.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(net::Connector& connector, boost::asio::any_io_executor executor, ClientOptions options);
  ~ClientConnection();

  const boost::asio::any_io_executor& executor() const { return executor_; }
  // Fills call.result and continues the waiter, some time later.
  void Submit(OutgoingCall& call, net::Waiter waiter);
  void Close();

 private:
  struct Pending {
    OutgoingCall* call;
    net::Waiter waiter;
    std::int64_t deadline_ns = 0;
    bool sent = false;    // over the connection of now
    int retry_count = 0;  // how often a connection broke under it
  };
  using Calls = std::map<std::int32_t, Pending>;

  void Start(std::function<net::awaitable<void>()> coroutine);
  net::awaitable<void> Run(std::shared_ptr<ClientConnection> self);
  net::awaitable<Status> Connect();
  net::awaitable<Status> ReadResponses(net::Stream& stream);
  Status TakeResponses();
  Status TakeResponse(std::string_view frame);
  net::awaitable<void> Write(std::shared_ptr<ClientConnection> self, std::shared_ptr<net::Stream> stream);

  void AppendHandshake();
  void Send(std::int32_t id, Pending& pending);
  void Flush();
  // After the connection broke: calls get their second try, or end.
  void Broke(const Status& why);

  void End(Calls::iterator at, Result<std::string> result);
  void EndAll(const Status& status);
  std::int32_t NewCallId();

  void Watch(std::int64_t at_ns);
  void Look();

  net::Connector& connector_;
  const boost::asio::any_io_executor executor_;
  const ClientOptions options_;
  const std::string address_;
  const std::string client_id_;

  bool closed_ = false;
  bool running_ = false;
  bool was_connected_ = false;  // at any time
  Calls calls_;
  std::int32_t last_call_id_ = -1;

  std::shared_ptr<net::Stream> stream_;  // null: not connected
  ReadBuffer in_;
  std::string out_;
  bool writing_ = false;
  std::int64_t last_heard_ns_ = 0;
  std::int64_t unanswered_since_ns_ = 0;  // the first call sent after that; 0: none
  std::int64_t last_ping_ns_ = 0;

  boost::asio::steady_timer timer_;
  std::int64_t watching_for_ns_ = INT64_MAX;
};

}  // namespace mrd::rpc
