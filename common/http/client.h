#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/http/message.h"
#include "common/net/stream.h"

namespace mrd::http {

struct ClientRequest {
  Method method = Method::kGet;
  std::string url;  // http://host:port/path?query
  Fields headers;   // besides Host, User-Agent, Connection, Content-Length and X-XSRF-HEADER, which are set
  std::string body;
  std::chrono::milliseconds timeout{10'000};  // for all of it
  std::uint64_t body_bytes_max = 16u << 20;   // of the response
};

struct ClientResponse {
  unsigned status = 0;
  Fields headers;
  std::string body;
};

// Asks once, over a connection of its own. Any status is a success here; redirections are not followed. Errors name the
// URL: kInvalidArgument (no http URL), those of Connector::Connect, kDeadlineExceeded, kResourceExhausted (body too long),
// kCorruption (no HTTP), kUnavailable (ended early).
awaitable<Result<ClientResponse>> Fetch(net::Connector& connector, ClientRequest request);

// The same for bodies that come in time: `on_body` gets each piece as it comes, and ends the call by false. The timeout is
// for connecting and for each silence; the length is not bounded. The body of the result is empty, but that of an
// answer other than 200 and 206 is in it, and `on_body` is not called.
awaitable<Result<ClientResponse>> FetchStream(net::Connector& connector,
                                              ClientRequest request,
                                              std::function<bool(std::string_view)> on_body);

}  // namespace mrd::http
