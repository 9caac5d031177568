#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/message.h"

namespace mrd::http {

struct ParserLimits {
  std::uint32_t header_bytes_max = 16u << 10;  // start line and headers
  std::uint64_t body_bytes_max = 1u << 20;
};

// The bytes of a connection become requests. Pure: no I/O, no time. One parser per request; bytes that Feed() did not
// consume belong in front of what comes next, or to the next request's parser when done().
class RequestParser {
 public:
  explicit RequestParser(const ParserLimits& limits);
  ~RequestParser();

  // Takes what it can use of `bytes` and returns how many that are. After a failure, which has a sentence for the client
  // and an HTTP status in failure_status(), the connection cannot be used further.
  Result<std::size_t> Feed(std::string_view bytes);
  bool header_done() const;
  bool done() const;
  // After header_done(): the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  // After header_done(): from here on the body may have so many bytes instead, fewer than the limits said. kInvalidArgument
  // (failure_status() 413) when the header announces more.
  Status LimitBody(std::uint64_t bytes_max);
  // After header_done(): how long the body will be; the limit when it comes in chunks and nobody knows.
  std::uint64_t announced_body() const;
  // After header_done(): method and path of the request; "" for an address that cannot be understood.
  Method method() const;
  std::string path() const;
  unsigned failure_status() const;
  // REQUIRES: done(), or header_done() for what the headers say. A target that cannot be understood, or a Host header
  // that is missing or there twice, is kInvalidArgument.
  Result<Request> Take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same for a response on the client's side. The body is taken out piece by piece.
class ResponseParser {
 public:
  // `no_body`: the answer to HEAD.
  explicit ResponseParser(const ParserLimits& limits, bool no_body = false);
  ~ResponseParser();

  Result<std::size_t> Feed(std::string_view bytes);
  // The connection ended. kUnavailable when the response is not complete.
  Status FeedEnd();
  bool header_done() const;
  bool done() const;
  unsigned status() const;
  Fields headers() const;
  // What has come of the body since the last call.
  std::string TakeBody();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrd::http
