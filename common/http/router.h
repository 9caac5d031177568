#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.h"

namespace mrd::http {

// Makes the response to a request. Runs on the connection's executor; requests of different connections run at the same
// time. The request lives until the response was sent, the handler as long as the router.
using Handler = std::function<awaitable<Response>(const Request&)>;

// Which handler answers which path. Filled before the server starts, read-only from then on.
class Router {
 public:
  // Patterns are paths whose components may be {name}, which stands for any one component that is not empty; a last
  // {name...} stands for the rest, which may be empty. Of several that match the first added wins. HEAD is answered by
  // GET's handler.
  void Add(Method method, std::string_view pattern, Handler handler);
  // A handler that takes bodies of so many bytes, more than a server's limit. Few such are read at a time.
  void PostLarge(std::string_view pattern, std::uint64_t body_bytes_max, Handler handler);
  void Get(std::string_view pattern, Handler handler) { Add(Method::kGet, pattern, std::move(handler)); }
  void Post(std::string_view pattern, Handler handler) { Add(Method::kPost, pattern, std::move(handler)); }

  // Sets `request.parts` and answers: 404 for a path that nobody has, 405 for a method that its path does not have.
  awaitable<Response> Handle(Request& request) const;

  // How large the body for this path may be: `usual` unless PostLarge() said more.
  std::uint64_t BodyLimit(Method method, std::string_view path, std::uint64_t usual) const;
  std::uint64_t largest_body() const { return largest_body_; }  // that PostLarge() allows; 0: none does

 private:
  struct Route {
    Method method;
    std::vector<std::string> pattern;
    Handler handler;
    std::uint64_t body_bytes_max = 0;  // 0: the server's
  };
  static bool Matches(const Route& route, const std::vector<std::string>& path, Fields* parts);

  std::vector<Route> routes_;
  std::uint64_t largest_body_ = 0;
};

}  // namespace mrd::http
