#include "common/http/session.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <exception>
#include <utility>

#include "common/base/clock.h"
#include "common/http/uri.h"
#include "common/net/runtime.h"

namespace mrd::http {
namespace {

constexpr std::size_t kReadSize = 16u << 10;
// How long a client gets to read why its connection ends, while it may still send.
constexpr std::chrono::milliseconds kLinger{500};
constexpr std::size_t kLingerBytesMax = 1u << 20;
constexpr int kLargeBodiesMax = 4;

// Scripts, styles and pictures come from this server alone, and nothing written within a page is run.
constexpr std::string_view kSecurityHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

bool IsLoopbackName(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
         (host.starts_with("127.") && std::all_of(host.begin(), host.end(), [](char c) {
            return c == '.' || (c >= '0' && c <= '9');
          }));
}

bool Changes(Method method) { return method != Method::kGet && method != Method::kHead; }

// A header's value must not end its line.
std::string OneLine(std::string_view value) {
  std::string out(value);
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return out;
}

// "Sun, 06 Nov 1994 08:49:37 GMT". By hand: strftime(3) would use the process' language.
std::string HttpDate(std::int64_t wall_ms) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm at = {};
  ::gmtime_r(&seconds, &at);
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[static_cast<std::size_t>(at.tm_wday)],
                at.tm_mday, kMonths[static_cast<std::size_t>(at.tm_mon)], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
  return text.data();
}

// Where the header ends, or all of it that there is.
std::size_t EndOfHeader(std::string_view bytes) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t at = bytes.find(kEnd);
  return at == std::string_view::npos ? bytes.size() : at + kEnd.size();
}

std::string ChunkHead(std::size_t size) {
  std::array<char, 24> text = {};
  const int length = std::snprintf(text.data(), text.size(), "%zx\r\n", size);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

Status CheckRequest(const Request& request, bool loopback, const std::vector<std::string>& host_names) {
  const std::string host = HostOf(request.headers.Get("Host"));
  if (loopback && !host.empty() && !IsLoopbackName(host) &&
      std::find(host_names.begin(), host_names.end(), host) == host_names.end()) {
    return PermissionDenied("This server listens on this machine alone and is not called '" + host +
                            "'. Use http://localhost with its port.");
  }
  if (!Changes(request.method)) return Status::Ok();
  if (!request.headers.Has("X-XSRF-HEADER")) {
    return PermissionDenied(std::string(MethodName(request.method)) +
                            " needs the header X-XSRF-HEADER, with any value, so that no page of another site can send it.");
  }
  if (const std::string_view origin = request.headers.Get("Origin"); !origin.empty()) {
    const std::size_t slashes = origin.find("://");
    const std::string_view authority = slashes == std::string_view::npos ? origin : origin.substr(slashes + 3);
    if (authority != request.headers.Get("Host")) {
      return PermissionDenied("The request comes from a page of '" + std::string(origin) + "', which is another site.");
    }
  }
  return Status::Ok();
}

void Session::Stop() {
  if (between_) stream_->Close();
}

awaitable<void> Session::Run() {
  for (;;) {
    const bool go_on = co_await ServeOne();
    if (!go_on || shared_->stopping) break;
  }
  // Closing at once while the client still sends would reset the connection, and the response with it.
  stream_->CloseWrite();
  stream_->SetIdleTimeout(kLinger);
  std::string rest(kReadSize, '\0');
  for (std::size_t dropped = 0; dropped < kLingerBytesMax && !shared_->stopping;) {
    Result<std::size_t> got = co_await stream_->ReadSome(rest.data(), rest.size());
    if (!got.ok()) break;
    dropped += *got;
  }
  stream_->Close();
}

awaitable<void> Session::Refuse() {
  stream_->SetIdleTimeout(kLinger);
  const Request nobody;
  Response response = ErrorResponse(nobody, 503, "Too many connections are open; try again in a moment.");
  const Status sent = co_await Send(nobody, response, false);
  if (sent.ok()) stream_->CloseWrite();
  (void)co_await net::SleepFor(std::chrono::milliseconds(50));
  stream_->Close();
}

awaitable<Status> Session::ReadUntil(RequestParser& parser, bool whole, std::chrono::milliseconds limit) {
  Clock& clock = Clock::System();
  const std::int64_t end_ns = clock.MonotonicNanos() + std::chrono::nanoseconds(limit).count();
  for (;;) {
    if (!in_.empty()) {
      // Nothing of the body before it is known how large that may be.
      const std::string_view bytes = std::string_view(in_).substr(0, whole ? in_.size() : EndOfHeader(in_));
      MRD_CO_ASSIGN_OR_RETURN(const std::size_t used, parser.Feed(bytes));
      in_.erase(0, used);
    }
    if (whole ? parser.done() : parser.header_done()) co_return Status::Ok();
    const std::int64_t left_ms = (end_ns - clock.MonotonicNanos()) / 1'000'000;
    if (left_ms <= 0) co_return Status(Code::kDeadlineExceeded, "The request did not arrive in time.");
    stream_->SetIdleTimeout(std::chrono::milliseconds(left_ms + 1));
    const std::size_t before = in_.size();
    in_.resize(before + kReadSize);
    Result<std::size_t> got = co_await stream_->ReadSome(in_.data() + before, kReadSize);
    in_.resize(before + (got.ok() ? *got : 0));
    if (!got.ok()) co_return got.status();
  }
}

bool Session::LargeBody::Take(SessionShared& shared) {
  if (++shared.large_bodies > kLargeBodiesMax) {
    --shared.large_bodies;
    return false;
  }
  taken_ = &shared;
  return true;
}

void Session::LargeBody::Release() {
  if (taken_ != nullptr) --taken_->large_bodies;
  taken_ = nullptr;
}

Status Session::AdmitBody(RequestParser& parser, LargeBody& room) {
  const std::uint64_t usual = shared_->options.limits.body_bytes_max;
  const std::uint64_t allowed = shared_->router.BodyLimit(parser.method(), parser.path(), usual);
  if (parser.announced_body() > usual && allowed > usual && !room.Take(*shared_)) {
    return ResourceExhausted("As many large bodies as are possible at once are on their way; try again in a moment.");
  }
  return parser.LimitBody(allowed);
}

awaitable<bool> Session::ServeOne() {
  if (in_.empty()) {
    // Idle until the first byte: no deadline of the request runs yet.
    between_ = true;
    stream_->SetIdleTimeout(shared_->options.idle_timeout);
    in_.resize(kReadSize);
    Result<std::size_t> got = co_await stream_->ReadSome(in_.data(), kReadSize);
    between_ = false;
    in_.resize(got.ok() ? *got : 0);
    if (!got.ok()) co_return false;
  }
  ParserLimits limits = shared_->options.limits;
  limits.body_bytes_max = std::max(limits.body_bytes_max, shared_->router.largest_body());
  RequestParser parser(limits);
  LargeBody room;
  Status read = co_await ReadUntil(parser, false, shared_->options.header_timeout);
  if (read.ok()) read = AdmitBody(parser, room);
  if (read.ok() && parser.expects_continue()) {
    read = co_await stream_->Write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (read.ok()) read = co_await ReadUntil(parser, true, shared_->options.body_timeout);
  Request request;
  unsigned failure = 0;
  if (read.ok()) {
    Result<Request> taken = parser.Take();
    if (taken.ok()) {
      request = std::move(*taken);
    } else {
      read = taken.status();
    }
  }
  if (read.code() == Code::kInvalidArgument) failure = parser.failure_status();
  if (read.code() == Code::kDeadlineExceeded) failure = 408;
  if (read.code() == Code::kResourceExhausted) failure = 503;
  if (!read.ok() && failure == 0) co_return false;  // the connection broke
  ++shared_->requests;
  stream_->SetIdleTimeout(shared_->options.write_timeout);
  if (failure != 0) {
    Response response = ErrorResponse(request, failure, read.message());
    (void)co_await Send(request, response, false);
    co_return false;
  }
  request.peer = stream_->peer();
  Response response = co_await Answer(request);
  if (response.status >= 500) ++shared_->errors;
  const bool keep_alive = request.keep_alive && !shared_->stopping;
  const Status sent = co_await Send(request, response, keep_alive);
  co_return sent.ok() && keep_alive;
}

awaitable<Response> Session::Answer(Request& request) {
  if (const Status refused = CheckRequest(request, shared_->loopback, shared_->options.host_names); !refused.ok()) {
    co_return ErrorResponse(request, refused);
  }
  std::string what;
  try {
    Response response = co_await shared_->router.Handle(request);
    co_return response;
  } catch (const std::exception& e) {
    // Running out of memory for one page must not end the daemon.
    what = e.what();
  }
  shared_->log.Error(std::string(MethodName(request.method)) + " " + request.path + " from " + request.peer.ToString() +
                     " failed by an exception: " + what);
  co_return ErrorResponse(request, 500, "The server failed at this page; its log says more.");
}

awaitable<Status> Session::Send(const Request& request, Response& response, bool keep_alive) {
  const bool head = request.method == Method::kHead;
  const bool bodiless = response.status == 304 || response.status == 204;
  const bool sized = !response.source || response.source_bytes.has_value();
  const bool chunked = !sized && request.minor_version >= 1;
  const std::string_view body = response.lasting.empty() ? std::string_view(response.body) : response.lasting;
  // A body without length or chunks ends with its connection.
  const bool stays = keep_alive && (sized || chunked);

  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + ReasonPhrase(response.status) + "\r\nDate: " +
                     HttpDate(Clock::System().WallMillis()) + "\r\n";
  if (!bodiless) {
    text += "Content-Type: " + OneLine(response.content_type) + "\r\n";
    if (sized) {
      text += "Content-Length: " + std::to_string(response.source ? *response.source_bytes : body.size()) + "\r\n";
    } else if (chunked) {
      text += "Transfer-Encoding: chunked\r\n";
    }
  }
  for (const auto& [name, value] : response.headers.all()) text += name + ": " + OneLine(value) + "\r\n";
  if (!response.headers.Has("Cache-Control")) text += "Cache-Control: no-store\r\n";
  text += kSecurityHeaders;
  text += stays ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";

  if (head || bodiless) {
    MRD_CO_RETURN_IF_ERROR(co_await stream_->Write(text));
  } else if (response.source) {
    MRD_CO_RETURN_IF_ERROR(co_await stream_->Write(text));
    MRD_CO_RETURN_IF_ERROR(co_await SendSource(response, chunked));
  } else {
    MRD_CO_RETURN_IF_ERROR(co_await stream_->Write2(text, body));
    shared_->bytes_sent += body.size();
  }
  if (keep_alive && !stays) co_return Cancelled("the connection ends with the body");
  co_return Status::Ok();
}

awaitable<Status> Session::SendSource(Response& response, bool chunked) {
  std::uint64_t left = response.source_bytes.value_or(UINT64_MAX);
  for (;;) {
    if (shared_->stopping) co_return Cancelled("the server stops");
    Result<BodySource::Piece> piece = co_await response.source->Next();
    if (!piece.ok()) co_return piece.status();
    // What was announced is what is sent, even if the source has more by now.
    if (piece->bytes.size() > left) piece->bytes.resize(left);
    left -= piece->bytes.size();
    shared_->bytes_sent += piece->bytes.size();
    if (!piece->bytes.empty()) {
      if (chunked) {
        const std::string head = ChunkHead(piece->bytes.size());
        piece->bytes += "\r\n";
        MRD_CO_RETURN_IF_ERROR(co_await stream_->Write2(head, piece->bytes));
      } else {
        MRD_CO_RETURN_IF_ERROR(co_await stream_->Write(piece->bytes));
      }
    }
    if (piece->last) break;
  }
  if (chunked) co_return co_await stream_->Write("0\r\n\r\n");
  if (response.source_bytes && left != 0) co_return Unavailable("the body ended early");
  co_return Status::Ok();
}

}  // namespace mrd::http
