#pragma once

#include <string>
#include <string_view>

namespace mrd {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

// Text that is valid UTF-8, as JSON wants it: each byte that belongs to no well-formed sequence becomes U+FFFD.
std::string Utf8(std::string_view bytes);

}  // namespace mrd
