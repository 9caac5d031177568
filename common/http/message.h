#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "common/base/status.h"
#include "common/net/stream.h"

namespace mrd::http {

template <typename T>
using awaitable = boost::asio::awaitable<T>;

class Router;

enum class Method { kGet, kHead, kPost, kPut, kDelete, kOther };
std::string_view MethodName(Method method);

// Names and values in the order they came. Names are compared without regard to case.
class Fields {
 public:
  void Add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
  // The first value of that name; "" when there is none.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

// What a client asked for. The session that read it owns it until the response was written.
struct Request {
  Method method = Method::kGet;
  std::string target;  // as it came
  std::string path;    // of the target, percent-decoded; begins with '/'
  Fields query;        // decoded; names are exact
  Fields headers;
  std::string body;
  int minor_version = 1;  // of HTTP/1
  bool keep_alive = true;
  net::Endpoint peer;
  Fields parts;  // what the pattern's {names} stood for, set by the router
  const Router* router = nullptr;  // that found the handler: other paths of the site can be asked for

  // A value of the query, or `fallback`.
  std::string Query(std::string_view name, std::string_view fallback = "") const;
  // The same as a number: `fallback` when absent, kInvalidArgument when it is none or above `max`.
  Result<std::uint64_t> QueryNumber(std::string_view name, std::uint64_t fallback, std::uint64_t max) const;
  // A part of the path, by the name in the pattern; the router guarantees it.
  std::string Part(std::string_view name) const { return std::string(parts.Get(name)); }
  // Whether the client would rather read JSON than a page.
  bool WantsJson() const;
};

// The bytes of a body that are made while it is sent: a file, a log that grows, events.
class BodySource {
 public:
  struct Piece {
    std::string bytes;
    bool last = false;
  };
  virtual ~BodySource() = default;
  // The next bytes. Returns within about a second, if need be without any, so that the server can stop. An error breaks
  // the connection, since the response began already. Called by one coroutine at a time.
  virtual awaitable<Result<Piece>> Next() = 0;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Fields headers;                      // further ones
  std::string body;
  std::string_view lasting;            // instead of `body`: bytes that live as long as the process
  std::unique_ptr<BodySource> source;  // instead of both
  std::optional<std::uint64_t> source_bytes;  // all that the source will give, if it is known
};

// Plain text, JSON, or a redirection to a path of this server.
Response TextResponse(std::string text, unsigned status = 200);
Response JsonResponse(std::string json, unsigned status = 200);
Response RedirectTo(std::string location);
// A failure in plain words: JSON for those who asked for JSON, else a small page. `detail` says what and what to do.
Response ErrorResponse(const Request& request, unsigned status, std::string_view detail);
// The same for a Status.
Response ErrorResponse(const Request& request, const Status& status);
unsigned HttpStatusOf(Code code);
// "Not Found"; "Status 299" for those without a name.
std::string ReasonPhrase(unsigned status);

// Text within HTML: & < > " ' as references.
std::string EscapeHtml(std::string_view text);

}  // namespace mrd::http
