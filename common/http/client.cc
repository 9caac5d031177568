#include "common/http/client.h"

#include <array>
#include <memory>
#include <utility>

#include "common/http/parser.h"
#include "common/http/uri.h"
#include "common/net/deadline.h"

namespace mrd::http {
namespace {

constexpr std::size_t kReadSize = 64u << 10;
// Bodies of refusals are for people.
constexpr std::uint64_t kRefusalBytesMax = 64u << 10;

bool IsWanted(unsigned status) { return status == 200 || status == 206; }

std::string Compose(const ClientRequest& request, const Url& url) {
  std::string text = std::string(MethodName(request.method)) + " " + url.target + " HTTP/1.1\r\nHost: " + url.Authority() +
                     "\r\nUser-Agent: mr\r\nConnection: close\r\n";
  if (request.method == Method::kPost || request.method == Method::kPut || !request.body.empty()) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\nX-XSRF-HEADER: mr\r\n";
  }
  for (const auto& [name, value] : request.headers.all()) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

// Sends the request and reads to the response's end. A body without `on_body` is collected in `out`.
awaitable<Status> Exchange(net::Stream& stream,
                           const ClientRequest& request,
                           const Url& url,
                           const std::function<bool(std::string_view)>& on_body,
                           ClientResponse* out) {
  const std::string head = Compose(request, url);
  MRD_CO_RETURN_IF_ERROR(co_await stream.Write2(head, request.body));
  ParserLimits limits;
  limits.body_bytes_max = on_body ? UINT64_MAX : request.body_bytes_max;
  ResponseParser parser(limits, request.method == Method::kHead);
  std::string in;
  for (;;) {
    const std::size_t before = in.size();
    in.resize(before + kReadSize);
    Result<std::size_t> got = co_await stream.ReadSome(in.data() + before, kReadSize);
    in.resize(before + (got.ok() ? *got : 0));
    if (!got.ok() && !net::IsEndOfStream(got.status())) co_return got.status();
    MRD_CO_ASSIGN_OR_RETURN(const std::size_t used, parser.Feed(in));
    in.erase(0, used);
    if (!got.ok()) MRD_CO_RETURN_IF_ERROR(parser.FeedEnd());
    if (!parser.header_done()) continue;
    out->status = parser.status();
    const std::string piece = parser.TakeBody();
    if (!on_body || !IsWanted(out->status)) {
      out->body += piece;
      if (on_body && out->body.size() > kRefusalBytesMax) break;
    } else if (!piece.empty() && !on_body(piece)) {
      break;
    }
    if (parser.done()) break;
  }
  out->headers = parser.headers();
  co_return Status::Ok();
}

Result<Url> UrlOf(const ClientRequest& request) {
  std::optional<Url> url = ParseUrl(request.url);
  if (!url) return InvalidArgument("'" + request.url + "' is no address of the form http://host:port/path");
  return *std::move(url);
}

}  // namespace

awaitable<Result<ClientResponse>> Fetch(net::Connector& connector, ClientRequest request) {
  MRD_CO_ASSIGN_OR_RETURN(const Url url, UrlOf(request));
  ClientResponse response;
  std::function<awaitable<Status>()> all = [&]() -> awaitable<Status> {
    Result<std::unique_ptr<net::Stream>> stream = co_await connector.Connect(url.host, url.port, request.timeout);
    if (!stream.ok()) co_return stream.status();
    const std::function<bool(std::string_view)> collect;
    co_return co_await Exchange(**stream, request, url, collect, &response);
  };
  const std::string what = "asking " + request.url;
  Status done = co_await net::WithDeadline<Status>(request.timeout, what, std::move(all));
  if (!done.ok()) {
    if (done.code() == Code::kDeadlineExceeded) co_return done;
    co_return std::move(done).WithContext(what);
  }
  co_return response;
}

awaitable<Result<ClientResponse>> FetchStream(net::Connector& connector,
                                              ClientRequest request,
                                              std::function<bool(std::string_view)> on_body) {
  MRD_CO_ASSIGN_OR_RETURN(const Url url, UrlOf(request));
  Result<std::unique_ptr<net::Stream>> stream = co_await connector.Connect(url.host, url.port, request.timeout);
  if (!stream.ok()) co_return stream.status();
  (*stream)->SetIdleTimeout(request.timeout);
  ClientResponse response;
  Status done = co_await Exchange(**stream, request, url, on_body, &response);
  if (!done.ok()) co_return std::move(done).WithContext("asking " + request.url);
  co_return response;
}

}  // namespace mrd::http
