#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/net/runtime.h"
#include "common/net/stream.h"

namespace mrd::rpc {

// Who calls. Short names (text before the first '/' or '@').
struct Caller {
  std::string user;       // the acting user
  std::string real_user;  // set when `user` is impersonated (doAs)
};

// What a service has found out about the peer of a connection, for the calls that follow on it. Owned by the session,
// touched on the connection's executor only.
struct PeerStanding {
  std::string challenge;  // what the peer was asked to answer
  bool proven = false;    // it has answered
};

// One call as its handler sees it. Valid until the handler's coroutine ends.
struct Call {
  std::string_view protocol;  // declaringClassProtocolName
  std::string_view method;
  std::string_view request;   // the method's request message, undecoded
  const Caller& caller;
  const net::Endpoint& peer;
  std::string_view client_id;  // 16 bytes, or empty
  std::int32_t call_id = 0;
  std::int32_t retry_count = -1;
  PeerStanding* standing = nullptr;
};

// What answers calls of one or more protocols. Called on the connection's executor; calls of one connection run
// concurrently. The result is the serialised response message, or a Status whose tag is the Java class to throw (see
// remote_error.h for what a Status without a tag becomes).
class Service {
 public:
  virtual ~Service() = default;
  virtual std::vector<std::string> protocols() const = 0;
  virtual net::awaitable<Result<std::string>> Handle(const Call& call) = 0;
};

// How a method that nobody knows is answered; a Service returns it.
Status NoSuchMethod(const Call& call);
// A request that is not the message it should be.
Status BadRequest(const Call& call);

struct ServerOptions {
  std::size_t frame_bytes_max = 128u << 20;         // ipc.maximum.data.length
  // Beyond it the connection that has been quiet for longest makes room for the next; if none has been for `quiet_min`, the
  // next is told so and closed.
  std::size_t connections_max = 4096;
  std::chrono::milliseconds quiet_min{10'000};
  std::size_t calls_per_connection_max = 1024;      // in flight; beyond it the connection is not read
  std::chrono::milliseconds preamble_timeout{60'000};
  // Decides whether `real_user` at `peer` may act as `user`; PermissionDenied with the reason if not. Unset: refused.
  std::function<Status(const Caller& caller, const net::Endpoint& peer)> authorize_proxy;
};

// Hadoop RPC version 9 over one listener (hdfs-protocol §1): preamble, connection context, SASL negotiation answered by
// SUCCESS (simple authentication), calls in parallel, errors as RemoteExceptions, HTTP clients told that they came to
// the wrong port. Threads: made and stopped anywhere; sessions run on the runtime.
class Server {
 public:
  Server(net::Runtime& runtime, Logger log, ServerOptions options);
  ~Server();  // REQUIRES: Stop() was awaited, or Start() never called

  // Before Start(). `service` must outlive the server.
  void Add(Service& service);
  // Takes the listener and begins to accept. With `executor` all sessions run there (one thread for all: a single
  // threaded service); without it each session has a strand of its own.
  void Start(std::unique_ptr<net::Listener> listener, boost::asio::any_io_executor executor = {});
  // Refuses new work, lets calls in flight end (at most a second), closes connections.
  net::awaitable<void> Stop();

  const net::Endpoint& local() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mrd::rpc
