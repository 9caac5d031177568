#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/http/parser.h"
#include "common/http/router.h"
#include "common/net/runtime.h"
#include "common/net/stream.h"

namespace mrd::http {

struct ServerOptions {
  ParserLimits limits;
  std::size_t connections_max = 256;                 // beyond it: 503
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte of a request to the end of its headers
  std::chrono::milliseconds body_timeout{60'000};    // from there to the end of its body
  std::chrono::milliseconds idle_timeout{60'000};    // between requests
  std::chrono::milliseconds write_timeout{30'000};   // without progress
  // Names besides those of the loopback interface under which a server bound to loopback may be asked for.
  std::vector<std::string> host_names;
};

// What a server has done since it started; for metrics.
struct ServerFigures {
  std::uint64_t connections = 0;  // open now
  std::uint64_t refused = 0;      // over the limit
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;       // answered with 5xx
  std::uint64_t bytes_sent = 0;   // of bodies
};

// HTTP/1.1 over one listener: keep-alive, pipelined requests one after the other, HEAD, chunked bodies, security headers
// on every response. What is refused before a handler sees it:
//  * on a loopback address, a Host header that names another machine (a page elsewhere whose name was pointed here);
//  * POST, PUT and DELETE without the header X-XSRF-HEADER (any value), which other sites' pages cannot send, or with an
//    Origin other than the Host.
// Threads: made and stopped anywhere; sessions run on the runtime.
class Server {
 public:
  Server(net::Runtime& runtime, Logger log, ServerOptions options, Router router);
  ~Server();  // REQUIRES: Stop() was awaited, or Start() never called

  // Takes the listener and begins to accept. With `executor` all sessions run there, else each on a strand of its own.
  void Start(std::unique_ptr<net::Listener> listener, boost::asio::any_io_executor executor = {});
  // Refuses new work, lets responses end for at most a second, closes connections.
  awaitable<void> Stop();

  const net::Endpoint& local() const;
  ServerFigures figures() const;  // from any thread

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mrd::http
