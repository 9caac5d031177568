#include "common/http/multipart.h"

#include <algorithm>
#include <utility>

#include <boost/beast/core/string.hpp>

namespace mrd::http {
namespace {

constexpr std::string_view kType = "multipart/form-data";
constexpr std::size_t kBoundarySizeMax = 70;  // RFC 2046
constexpr std::size_t kHeadSizeMax = 16u << 10;

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The value of `name` among "; name=value; other=\"quoted \\\" value\"". Nothing when it is absent or its quotes do not end.
std::optional<std::string> Parameter(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(';'); at != std::string_view::npos;) {
    const std::size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view found = Trimmed(text.substr(at + 1, equals - at - 1));
    std::string value;
    std::size_t end = equals + 1;
    if (end < text.size() && text[end] == '"') {
      for (++end; end < text.size() && text[end] != '"'; ++end) {
        if (text[end] == '\\' && end + 1 < text.size() && (text[end + 1] == '"' || text[end + 1] == '\\')) ++end;
        value.push_back(text[end]);
      }
      if (end >= text.size()) return std::nullopt;
      ++end;
    } else {
      end = std::min(text.find(';', end), text.size());
      value = Trimmed(text.substr(equals + 1, end - equals - 1));
    }
    if (boost::beast::iequals(found, name)) return value;
    at = text.find(';', end);
  }
  return std::nullopt;
}

// "form-data; name=..." of the head of a part; "" when there is none.
std::string_view Disposition(std::string_view head) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (boost::beast::iequals(Trimmed(line.substr(0, colon)), "Content-Disposition")) return Trimmed(line.substr(colon + 1));
  }
  return {};
}

Result<FormPart> ParsePart(std::string_view bytes) {
  // A part without any header begins with the empty line.
  const std::size_t blank = bytes.starts_with("\r\n") ? 0 : bytes.find("\r\n\r\n");
  if (blank == std::string_view::npos || blank > kHeadSizeMax) return InvalidArgument("its headers do not end");
  const std::string_view disposition = Disposition(bytes.substr(0, blank));
  FormPart part;
  const std::optional<std::string> name = Parameter(disposition, "name");
  if (!disposition.starts_with("form-data") || !name || name->empty()) {
    return InvalidArgument("it has no \"Content-Disposition: form-data; name=...\"");
  }
  part.name = *name;
  part.file_name = Parameter(disposition, "filename");
  part.body = bytes.substr(blank + (blank == 0 ? 2 : 4));
  return part;
}

}  // namespace

bool IsMultipart(std::string_view content_type) {
  const std::string_view type = Trimmed(content_type.substr(0, content_type.find(';')));
  return boost::beast::iequals(type, kType);
}

Result<std::vector<FormPart>> ParseMultipart(std::string_view content_type, std::string_view body) {
  if (!IsMultipart(content_type)) return InvalidArgument("The body's type is not " + std::string(kType) + ".");
  const std::optional<std::string> boundary = Parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundarySizeMax) {
    return InvalidArgument("The Content-Type names no boundary of 1 to " + std::to_string(kBoundarySizeMax) + " bytes.");
  }
  const std::string delimiter = "\r\n--" + *boundary;
  // The first delimiter may stand at the very beginning, where no line ends before it.
  std::size_t at = 0;
  if (body.starts_with(std::string_view(delimiter).substr(2))) {
    at = delimiter.size() - 2;
  } else {
    const std::size_t first = body.find(delimiter);
    if (first == std::string_view::npos) return InvalidArgument("The body does not hold the boundary that its type names.");
    at = first + delimiter.size();
  }
  std::vector<FormPart> parts;
  for (;;) {
    const std::string where = "Part " + std::to_string(parts.size() + 1) + " of the body: ";
    if (body.substr(at).starts_with("--")) return parts;
    const std::size_t line = body.find("\r\n", at);
    if (line == std::string_view::npos) return InvalidArgument(where + "it is cut off.");
    if (!Trimmed(body.substr(at, line - at)).empty()) return InvalidArgument(where + "the line of its boundary goes on.");
    if (parts.size() == kFormPartsMax) {
      return InvalidArgument("The body has more than " + std::to_string(kFormPartsMax) + " parts.");
    }
    // An empty part's delimiter may share the line's end.
    const std::size_t end = body.find(delimiter, line);
    if (end == std::string_view::npos) return InvalidArgument(where + "no boundary follows it; the body is cut off.");
    const std::size_t begin = std::min(line + 2, end);
    Result<FormPart> part = ParsePart(body.substr(begin, end - begin));
    if (!part.ok()) return InvalidArgument(where + part.status().message() + ".");
    parts.push_back(std::move(part).value());
    at = end + delimiter.size();
  }
}

}  // namespace mrd::http
