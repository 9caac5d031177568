#include "common/http/parser.h"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "common/http/uri.h"

namespace mrd::http {
namespace asio = boost::asio;
namespace beast = boost::beast::http;

namespace {

constexpr std::size_t kTargetSizeMax = 8u << 10;

Method MethodOf(beast::verb verb) {
  switch (verb) {
    case beast::verb::get: return Method::kGet;
    case beast::verb::head: return Method::kHead;
    case beast::verb::post: return Method::kPost;
    case beast::verb::put: return Method::kPut;
    case beast::verb::delete_: return Method::kDelete;
    default: return Method::kOther;
  }
}

template <typename BeastFields>
Fields CopyFields(const BeastFields& from) {
  Fields out;
  for (const auto& field : from) out.Add(std::string(field.name_string()), std::string(field.value()));
  return out;
}

// A body in chunks ends with "0\r\n\r\n". Beast asserts that it is given so many bytes when it looks at that end for the
// second time; since every part of such a body has as many bytes behind it, or is the end, waiting for them costs nothing.
constexpr std::size_t kLastChunkSize = 5;

// Gives a parser as much of `bytes` as it takes. A parser that has its header wants to be called again for the body.
template <typename Parser>
std::size_t Put(Parser& parser, std::string_view bytes, boost::system::error_code* error) {
  std::size_t used = 0;
  while (used < bytes.size() && !parser.is_done()) {
    if (parser.is_header_done() && parser.chunked() && bytes.size() - used < kLastChunkSize) break;
    boost::system::error_code code;
    const std::size_t now = parser.put(asio::buffer(bytes.data() + used, bytes.size() - used), code);
    used += now;
    if (code == beast::error::need_more) break;
    if (code) {
      *error = code;
      break;
    }
    if (now == 0) break;
  }
  return used;
}

unsigned StatusOf(const boost::system::error_code& error) {
  if (error == beast::error::header_limit) return 431;
  if (error == beast::error::body_limit) return 413;
  if (error == beast::error::bad_version) return 505;
  return 400;
}

}  // namespace

struct RequestParser::Impl {
  beast::request_parser<beast::string_body> parser;
  ParserLimits limits;
  unsigned failure = 0;
};

RequestParser::RequestParser(const ParserLimits& limits) : impl_(new Impl) {
  impl_->limits = limits;
  impl_->parser.header_limit(limits.header_bytes_max);
  impl_->parser.body_limit(limits.body_bytes_max);
}
RequestParser::~RequestParser() = default;

Result<std::size_t> RequestParser::Feed(std::string_view bytes) {
  boost::system::error_code error;
  const std::size_t used = Put(impl_->parser, bytes, &error);
  if (!error) return used;
  impl_->failure = StatusOf(error);
  if (impl_->failure == 413) {
    return InvalidArgument("The body is longer than " + std::to_string(impl_->limits.body_bytes_max) + " bytes.");
  }
  if (impl_->failure == 431) {
    return InvalidArgument("The headers are longer than " + std::to_string(impl_->limits.header_bytes_max) + " bytes.");
  }
  return InvalidArgument("The request is no HTTP/1.1: " + error.message() + ".");
}

bool RequestParser::header_done() const { return impl_->parser.is_header_done(); }
bool RequestParser::done() const { return impl_->parser.is_done(); }
unsigned RequestParser::failure_status() const { return impl_->failure == 0 ? 400 : impl_->failure; }

bool RequestParser::expects_continue() const {
  return !done() && boost::beast::iequals(impl_->parser.get()[beast::field::expect], "100-continue");
}

Status RequestParser::LimitBody(std::uint64_t bytes_max) {
  impl_->limits.body_bytes_max = bytes_max;
  const auto announced = impl_->parser.content_length();
  if (announced && *announced > bytes_max) {
    impl_->failure = 413;
    return InvalidArgument("The body is longer than " + std::to_string(bytes_max) + " bytes.");
  }
  // What is in already counts too.
  const std::uint64_t have = impl_->parser.get().body().size();
  impl_->parser.body_limit(bytes_max - std::min(have, bytes_max));
  return Status::Ok();
}

std::uint64_t RequestParser::announced_body() const {
  if (impl_->parser.chunked()) return impl_->limits.body_bytes_max;
  const auto announced = impl_->parser.content_length();
  return announced ? *announced : 0;
}

Method RequestParser::method() const { return MethodOf(impl_->parser.get().method()); }

std::string RequestParser::path() const {
  std::string path;
  Fields query;
  return ParseTarget(impl_->parser.get().target(), &path, &query) ? path : "";
}

Result<Request> RequestParser::Take() {
  auto& message = impl_->parser.get();
  Request request;
  request.method = MethodOf(message.method());
  request.target = std::string(message.target());
  request.headers = CopyFields(message);
  request.minor_version = static_cast<int>(message.version() % 10);
  request.keep_alive = message.keep_alive();
  if (request.target.size() > kTargetSizeMax) {
    impl_->failure = 414;
    return InvalidArgument("The address is longer than " + std::to_string(kTargetSizeMax) + " bytes.");
  }
  if (!ParseTarget(request.target, &request.path, &request.query)) {
    return InvalidArgument("The address '" + request.target + "' is not a path with an optional query.");
  }
  const std::size_t hosts = message.count(beast::field::host);
  if (hosts > 1 || (hosts == 0 && request.minor_version >= 1)) {
    return InvalidArgument("A request needs exactly one Host header.");
  }
  request.body = std::move(message.body());
  return request;
}

struct ResponseParser::Impl {
  beast::response_parser<beast::string_body> parser;
};

ResponseParser::ResponseParser(const ParserLimits& limits, bool no_body) : impl_(new Impl) {
  impl_->parser.header_limit(limits.header_bytes_max);
  impl_->parser.body_limit(limits.body_bytes_max);
  impl_->parser.skip(no_body);
}
ResponseParser::~ResponseParser() = default;

Result<std::size_t> ResponseParser::Feed(std::string_view bytes) {
  boost::system::error_code error;
  const std::size_t used = Put(impl_->parser, bytes, &error);
  if (error == beast::error::body_limit) return ResourceExhausted("the body is longer than what was allowed");
  if (error) return Corruption("the response is no HTTP/1.1: " + error.message());
  return used;
}

Status ResponseParser::FeedEnd() {
  boost::system::error_code error;
  if (!impl_->parser.is_done()) impl_->parser.put_eof(error);
  if (error || !impl_->parser.is_done()) return Unavailable("the connection ended within the response");
  return Status::Ok();
}

bool ResponseParser::header_done() const { return impl_->parser.is_header_done(); }
bool ResponseParser::done() const { return impl_->parser.is_done(); }
unsigned ResponseParser::status() const { return impl_->parser.get().result_int(); }
Fields ResponseParser::headers() const { return CopyFields(impl_->parser.get()); }

std::string ResponseParser::TakeBody() {
  std::string body;
  body.swap(impl_->parser.get().body());
  return body;
}

}  // namespace mrd::http
