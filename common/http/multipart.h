#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd::http {

// One part of a body of the type multipart/form-data (RFC 7578), as browsers and `curl -F` send it.
struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // as the sender wrote it: never a path to be believed
  std::string_view body;                 // lies in the bytes that were parsed
};

inline constexpr std::size_t kFormPartsMax = 256;

// Whether a Content-Type says that the body has parts.
bool IsMultipart(std::string_view content_type);
// Takes a body apart. Pure; `body` has to outlive the result. kInvalidArgument names the part and what is wrong with it:
// no boundary, a part without a name, an end that is missing, more than kFormPartsMax parts.
Result<std::vector<FormPart>> ParseMultipart(std::string_view content_type, std::string_view body);

}  // namespace mrd::http
