#include "common/http/router.h"

#include <algorithm>
#include <utility>

namespace mrd::http {
namespace {

std::vector<std::string> Components(std::string_view path) {
  std::vector<std::string> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t end = path.find('/');
    out.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return out;
    path.remove_prefix(end + 1);
  }
}

bool IsName(std::string_view component) { return component.starts_with('{') && component.ends_with('}'); }
bool IsRest(std::string_view component) { return IsName(component) && component.ends_with("...}"); }

}  // namespace

void Router::Add(Method method, std::string_view pattern, Handler handler) {
  Route route;
  route.method = method;
  route.pattern = Components(pattern);
  route.handler = std::move(handler);
  routes_.push_back(std::move(route));
}

void Router::PostLarge(std::string_view pattern, std::uint64_t body_bytes_max, Handler handler) {
  Add(Method::kPost, pattern, std::move(handler));
  routes_.back().body_bytes_max = body_bytes_max;
  largest_body_ = std::max(largest_body_, body_bytes_max);
}

std::uint64_t Router::BodyLimit(Method method, std::string_view path, std::uint64_t usual) const {
  const std::vector<std::string> components = Components(path);
  for (const Route& route : routes_) {
    Fields parts;
    if (route.method == method && Matches(route, components, &parts)) return std::max(usual, route.body_bytes_max);
  }
  return usual;
}

bool Router::Matches(const Route& route, const std::vector<std::string>& path, Fields* parts) {
  for (std::size_t i = 0; i < route.pattern.size(); ++i) {
    const std::string_view wanted = route.pattern[i];
    if (IsRest(wanted)) {
      std::string rest;
      for (std::size_t j = i; j < path.size(); ++j) rest += (j == i ? "" : "/") + path[j];
      parts->Add(std::string(wanted.substr(1, wanted.size() - 5)), std::move(rest));
      return i <= path.size();
    }
    if (i >= path.size()) return false;
    if (IsName(wanted)) {
      if (path[i].empty()) return false;
      parts->Add(std::string(wanted.substr(1, wanted.size() - 2)), path[i]);
    } else if (path[i] != wanted) {
      return false;
    }
  }
  return route.pattern.size() == path.size();
}

awaitable<Response> Router::Handle(Request& request) const {
  request.router = this;
  const std::vector<std::string> path = Components(request.path);
  const Method wanted = request.method == Method::kHead ? Method::kGet : request.method;
  const Handler* handler = nullptr;
  std::string allowed;
  for (const Route& route : routes_) {
    Fields parts;
    if (!Matches(route, path, &parts)) continue;
    if (route.method == wanted) {
      handler = &route.handler;
      request.parts = std::move(parts);
      break;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(MethodName(route.method));
    if (route.method == Method::kGet) allowed += ", HEAD";
  }
  if (handler != nullptr) {
    Response response = co_await (*handler)(request);
    co_return response;
  }
  if (allowed.empty()) {
    co_return ErrorResponse(request, 404, "There is no page " + request.path + " here.");
  }
  Response response = ErrorResponse(
      request, 405, std::string(MethodName(request.method)) + " is not possible at " + request.path + "; " + allowed + " is.");
  response.headers.Add("Allow", allowed);
  co_return response;
}

}  // namespace mrd::http
