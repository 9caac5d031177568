#include "common/http/uri.h"

#include <catch2/catch.hpp>

namespace mrd::http {
namespace {

TEST_CASE("uri: percent escapes are decoded, broken ones and zero bytes are refused", "[http]") {
  CHECK(PercentDecode("a%20b%2Fc", false) == "a b/c");
  CHECK(PercentDecode("a+b", true) == "a b");
  CHECK(PercentDecode("a+b", false) == "a+b");
  for (const char* broken : {"%", "%4", "%zz", "%00", "abc%2"}) CHECK_FALSE(PercentDecode(broken, false));
  CHECK(PercentEncode("a b/ü") == "a%20b%2F%C3%BC");
}

TEST_CASE("uri: a target is a path with an optional query", "[http]") {
  std::string path;
  Fields query;
  REQUIRE(ParseTarget("/jobs/a%20b?q=x%26y&empty&z=", &path, &query));
  CHECK(path == "/jobs/a b");
  CHECK(query.Get("q") == "x&y");
  CHECK(query.Has("empty"));
  CHECK(query.Get("z").empty());
  for (const char* bad : {"", "http://x/", "jobs", "*", "/%zz", "/?a=%0"}) {
    Fields none;
    CHECK_FALSE(ParseTarget(bad, &path, &none));
  }
  std::string many = "/?";
  for (int i = 0; i < 101; ++i) many += "a=1&";
  Fields none;
  CHECK_FALSE(ParseTarget(many, &path, &none));
}

TEST_CASE("uri: http addresses are taken apart, others refused", "[http]") {
  const std::optional<Url> url = ParseUrl("http://Worker1:50060/tasklog?a=1#part");
  REQUIRE(url);
  CHECK(url->host == "worker1");
  CHECK(url->port == 50060);
  CHECK(url->target == "/tasklog?a=1");
  CHECK(ParseUrl("http://[::1]:80/")->host == "::1");
  CHECK(ParseUrl("http://[::1]:81")->Authority() == "[::1]:81");
  CHECK(ParseUrl("http://h?x")->target == "/?x");
  for (const char* bad : {"https://h/", "http://", "http://h:0/", "http://h:99999/", "http://u:p@h/", "http://h/a b", "h:80",
                          "http://h/\r\nX: y"}) {
    CHECK_FALSE(ParseUrl(bad));
  }
}

TEST_CASE("uri: the host of an authority", "[http]") {
  CHECK(HostOf("LocalHost:80") == "localhost");
  CHECK(HostOf("[::1]:80") == "::1");
  CHECK(HostOf("name") == "name");
  CHECK(HostOf("[::1").empty());
}

}  // namespace
}  // namespace mrd::http
