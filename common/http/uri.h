#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.h"

namespace mrd::http {

// Percent-decoding. Nothing for a broken escape or a byte 0. `plus_is_space` holds for queries and forms.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);
// Everything but letters, digits and -._~ as %XX.
std::string PercentEncode(std::string_view text);

// "a=1&b=two+words" of a query or a form. False when an escape is broken or there are more than 100 names.
bool ParseQuery(std::string_view text, Fields* out);

// Takes a request's target apart. False for what is no origin form ("/path?query") or has a broken escape.
bool ParseTarget(std::string_view target, std::string* path, Fields* query);

// "http://host:port/path?query"; nothing for other schemes and for what cannot be understood.
struct Url {
  std::string host;  // without the brackets of IPv6
  std::uint16_t port = 80;
  std::string target = "/";
  std::string Authority() const;  // host:port for the Host header
};
std::optional<Url> ParseUrl(std::string_view text);

// The host of "name:8080", "[::1]:8080" or "name", in lower case, without brackets.
std::string HostOf(std::string_view authority);

}  // namespace mrd::http
