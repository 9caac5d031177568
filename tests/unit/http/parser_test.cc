#include "common/http/parser.h"

#include <catch2/catch.hpp>

#include "common/http/multipart.h"
#include "common/http/session.h"

namespace mrd::http {
namespace {

Result<Request> Parse(std::string_view bytes, const ParserLimits& limits = {}) {
  RequestParser parser(limits);
  MRD_ASSIGN_OR_RETURN(const std::size_t used, parser.Feed(bytes));
  if (!parser.done()) return Unavailable("more bytes are needed after " + std::to_string(used));
  return parser.Take();
}

unsigned Refusal(std::string_view bytes, const ParserLimits& limits = {}) {
  RequestParser parser(limits);
  if (parser.Feed(bytes).ok() && parser.done() && parser.Take().ok()) return 0;
  return parser.failure_status();
}

TEST_CASE("parser: a request with body, and where it ends", "[http]") {
  const std::string first = "POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  RequestParser parser({});
  Result<std::size_t> used = parser.Feed(first + "GET / HTTP/1.1\r\n");
  REQUIRE(used.ok());
  CHECK(*used == first.size());
  REQUIRE(parser.done());
  Result<Request> request = parser.Take();
  REQUIRE(request.ok());
  CHECK(request->method == Method::kPost);
  CHECK(request->path == "/a b");
  CHECK(request->query.Get("x") == "1");
  CHECK(request->body == "abc");
  CHECK(request->keep_alive);
}

TEST_CASE("parser: bytes may come one by one, and bodies in chunks", "[http]") {
  const auto [chunks, body] = GENERATE(table<std::string, std::string>({
      {"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"}, {"0\r\n\r\n", ""}, {"0\r\nTrailer: t\r\n\r\n", ""}, {"1\r\na\r\n0;x=y\r\n\r\n", "a"}}));
  const std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
  RequestParser parser({});
  std::string in;
  for (const char byte : bytes) {
    REQUIRE_FALSE(parser.done());
    in.push_back(byte);
    Result<std::size_t> used = parser.Feed(in);
    REQUIRE(used.ok());
    in.erase(0, *used);
  }
  REQUIRE(parser.done());
  CHECK(parser.Take()->body == body);
}

TEST_CASE("parser: limits have a status each", "[http]") {
  ParserLimits limits;
  limits.header_bytes_max = 200;
  limits.body_bytes_max = 10;
  CHECK(Refusal("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(300, 'x') + "\r\n\r\n", limits) == 431);
  CHECK(Refusal("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", limits) == 413);
  CHECK(Refusal("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n", limits) == 413);
  CHECK(Refusal("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n") == 414);
}

TEST_CASE("parser: what is no request is refused", "[http]") {
  for (const char* bad : {"\r\n\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nbroken\r\n\r\n", "hrpc\x09\x01\x02\x03",
                          "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                          "GET http://x/ HTTP/1.1\r\nHost: h\r\n\r\n",
                          // Two ways to say how long it is: the next proxy may believe the other one.
                          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}) {
    INFO(bad);
    CHECK(Refusal(bad) == 400);
  }
  CHECK(Parse("GET / HTTP/1.0\r\n\r\n").ok());
}

TEST_CASE("session: on loopback other names are refused, and changes without the header", "[http]") {
  const auto check = [](Method method, std::initializer_list<std::pair<const char*, const char*>> headers, bool loopback) {
    Request request;
    request.method = method;
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    return CheckRequest(request, loopback, {"worker1"}).code();
  };
  for (const char* own : {"localhost:50030", "127.0.0.1", "[::1]:1", "worker1:5", "x.localhost"}) {
    CHECK(check(Method::kGet, {{"Host", own}}, true) == Code::kOk);
  }
  for (const char* other : {"evil.example", "127.0.0.1.evil.example:50030", "localhost.evil.example"}) {
    CHECK(check(Method::kGet, {{"Host", other}}, true) == Code::kPermissionDenied);
    CHECK(check(Method::kGet, {{"Host", other}}, false) == Code::kOk);
  }
  CHECK(check(Method::kPost, {{"Host", "h"}}, false) == Code::kPermissionDenied);
  CHECK(check(Method::kPost, {{"Host", "h"}, {"X-XSRF-HEADER", "1"}}, false) == Code::kOk);
  CHECK(check(Method::kPost, {{"Host", "h:1"}, {"X-XSRF-HEADER", "1"}, {"Origin", "http://h:1"}}, false) == Code::kOk);
  for (const char* origin : {"http://evil", "null", "http://h:2"}) {
    CHECK(check(Method::kPost, {{"Host", "h:1"}, {"X-XSRF-HEADER", "1"}, {"Origin", origin}}, false) == Code::kPermissionDenied);
  }
}

TEST_CASE("message: failures become pages with escaped text, or JSON for those who ask for it", "[http]") {
  Request request;
  request.path = "/x";
  const Response page = ErrorResponse(request, 404, "no <script>alert(1)</script>");
  CHECK(page.body.find("<script>") == std::string::npos);
  CHECK(page.body.find("&lt;script&gt;") != std::string::npos);
  request.path = "/api/x";
  const Response json = ErrorResponse(request, NotFound("no \"x\""));
  CHECK(json.status == 404);
  CHECK(json.body == "{\"error\":{\"status\":404,\"reason\":\"Not Found\",\"message\":\"no \\\"x\\\"\"}}\n");
}

std::string FormOf(std::initializer_list<std::string> parts) {
  std::string body;
  for (const std::string& part : parts) body += "--b\r\n" + part + "\r\n";
  return body + "--b--\r\n";
}

TEST_CASE("multipart: names, file names and bytes of the parts", "[http]") {
  const std::string binary("\0\r\n--not\r\n\xff", 11);
  const std::string body = "a preamble\r\n" + FormOf({
      "Content-Disposition: form-data; name=\"job\"\r\n\r\n{}",
      "content-type: x/y\r\ncontent-disposition: form-data; filename=\"a \\\"b\\\".so\"; NAME=plugin\r\n\r\n" + binary,
      "Content-Disposition: form-data; name=empty\r\n\r\n"});
  const auto parts = ParseMultipart("Multipart/Form-Data; charset=x; boundary=\"b\"", body);
  INFO(parts.status().message());
  REQUIRE(parts.ok());
  REQUIRE(parts->size() == 3);
  CHECK((*parts)[0].name == "job");
  CHECK((*parts)[0].body == "{}");
  CHECK((*parts)[0].file_name == std::nullopt);
  CHECK((*parts)[1].name == "plugin");
  CHECK((*parts)[1].file_name == "a \"b\".so");
  CHECK((*parts)[1].body == binary);
  CHECK((*parts)[2].body.empty());
}

TEST_CASE("multipart: what is wrong with a body is said", "[http]") {
  const std::string type = "multipart/form-data; boundary=b";
  const std::string head = "Content-Disposition: form-data; name=n\r\n\r\n";
  std::string many;
  for (std::size_t i = 0; i <= kFormPartsMax; ++i) many += "--b\r\n" + head + "\r\n";
  const auto [of_type, body, fault] = GENERATE_COPY(table<std::string, std::string, std::string>({
      {"text/plain", FormOf({}), "multipart/form-data"},
      {"multipart/form-data", FormOf({}), "boundary"},
      {"multipart/form-data; boundary=", FormOf({}), "boundary"},
      {"multipart/form-data; boundary=" + std::string(71, 'b'), FormOf({}), "boundary"},
      {"multipart/form-data; boundary=\"b", FormOf({}), "boundary"},
      {type, "", "does not hold the boundary"},
      {type, "--b", "cut off"},
      {type, "--b\r\n" + head + "x", "cut off"},
      {type, "--bc\r\n" + head + "\r\n--b--", "goes on"},
      {type, "--b\r\n--b--", "headers do not end"},
      {type, FormOf({"no headers"}), "headers do not end"},
      {type, FormOf({"\r\nx"}), "no \"Content-Disposition"},
      {type, FormOf({"Content-Disposition: form-data\r\n\r\nx"}), "no \"Content-Disposition"},
      {type, FormOf({"Content-Disposition: attachment; name=n\r\n\r\nx"}), "no \"Content-Disposition"},
      {type, FormOf({head + "1", "X: " + std::string(20'000, 'x') + "\r\n\r\n"}), "Part 2"},
      {type, many + "--b--", "more than 256 parts"}}));
  INFO(body.substr(0, 100));
  const auto parts = ParseMultipart(of_type, body);
  REQUIRE_FALSE(parts.ok());
  CHECK(parts.status().code() == Code::kInvalidArgument);
  CHECK_THAT(parts.status().message(), Catch::Contains(fault));
}

}  // namespace
}  // namespace mrd::http
