#include "common/http/message.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>

namespace mrd::http {
namespace {

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kDelete: return "DELETE";
    case Method::kOther: break;
  }
  return "OTHER";
}

std::string_view Fields::Get(std::string_view name) const {
  for (const auto& [key, value] : all_) {
    if (SameName(key, name)) return value;
  }
  return {};
}

bool Fields::Has(std::string_view name) const {
  return std::any_of(all_.begin(), all_.end(), [&](const auto& field) { return SameName(field.first, name); });
}

std::string Request::Query(std::string_view name, std::string_view fallback) const {
  return std::string(query.Has(name) ? query.Get(name) : fallback);
}

Result<std::uint64_t> Request::QueryNumber(std::string_view name, std::uint64_t fallback, std::uint64_t max) const {
  if (!query.Has(name)) return fallback;
  const std::string_view text = query.Get(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) {
    return InvalidArgument("The parameter " + std::string(name) + " must be a number from 0 to " + std::to_string(max) +
                           ", not '" + std::string(text) + "'.");
  }
  return value;
}

bool Request::WantsJson() const {
  if (path.starts_with("/api/") || path.starts_with("/ws/")) return true;
  return headers.Get("Accept").find("json") != std::string_view::npos;
}

Response TextResponse(std::string text, unsigned status) {
  Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

Response JsonResponse(std::string json, unsigned status) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(json);
  return response;
}

Response RedirectTo(std::string location) {
  Response response = TextResponse("The page has moved to " + location + "\n", 302);
  response.headers.Add("Location", std::move(location));
  return response;
}

Response ErrorResponse(const Request& request, unsigned status, std::string_view detail) {
  const std::string reason = ReasonPhrase(status);
  if (request.WantsJson()) {
    const boost::json::object error = {{"status", status}, {"reason", reason}, {"message", std::string(detail)}};
    return JsonResponse(boost::json::serialize(boost::json::object{{"error", error}}) + "\n", status);
  }
  Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
                  EscapeHtml(reason) + "</title>\n<link rel=\"stylesheet\" href=\"/static/style.css\">\n<main><h1>" +
                  EscapeHtml(reason) + "</h1>\n<p>" + EscapeHtml(detail) +
                  "</p>\n<p><a href=\"/\">To the first page</a></p></main></html>\n";
  return response;
}

Response ErrorResponse(const Request& request, const Status& status) {
  return ErrorResponse(request, HttpStatusOf(status.code()), status.message());
}

unsigned HttpStatusOf(Code code) {
  switch (code) {
    case Code::kOk: return 200;
    case Code::kNotFound: return 404;
    case Code::kInvalidArgument: return 400;
    case Code::kPermissionDenied: return 403;
    case Code::kAlreadyExists:
    case Code::kFailedPrecondition: return 409;
    case Code::kUnavailable:
    case Code::kCancelled:
    case Code::kResourceExhausted: return 503;
    case Code::kDeadlineExceeded: return 504;
    case Code::kUnimplemented: return 501;
    case Code::kCorruption:
    case Code::kIo:
    case Code::kInternal: break;
  }
  return 500;
}

std::string ReasonPhrase(unsigned status) {
  const auto known = boost::beast::http::int_to_status(status);
  if (known == boost::beast::http::status::unknown) return "Status " + std::to_string(status);
  return boost::beast::http::obsolete_reason(known);
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out.push_back(c);
    }
  }
  return out;
}

}  // namespace mrd::http
