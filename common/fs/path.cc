#include "common/fs/path.h"

#include <algorithm>
#include <utility>

namespace mrd::fs {
namespace {

bool IsSchemeStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsSchemeRest(char c) {
  return IsSchemeStart(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
}

// The length of the scheme before its colon; 0 when the text has none.
std::size_t SchemeLength(std::string_view text) {
  if (text.empty() || !IsSchemeStart(text[0])) return 0;
  std::size_t length = 1;
  while (length < text.size() && IsSchemeRest(text[length])) ++length;
  const bool ends = length + 1 < text.size() && text[length] == ':' && text[length + 1] == '/';
  return ends ? length : 0;
}

// One slash between components, none at the end.
std::string Normalised(std::string_view path) {
  std::string result;
  result.reserve(path.size());
  for (const char c : path) {
    if (c == '/' && !result.empty() && result.back() == '/') continue;
    result += c;
  }
  if (result.size() > 1 && result.back() == '/') result.pop_back();
  return result;
}

}  // namespace

Result<Path> Path::Parse(std::string_view text) {
  if (text.empty()) return InvalidArgument("a path must not be empty");
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return InvalidArgument("path " + std::string(text.substr(0, nul)) +
                           "...: it has a NUL byte at position " + std::to_string(nul));
  }
  const std::size_t scheme_length = SchemeLength(text);
  if (scheme_length == 0) return Path("", "", std::string(text));

  std::string scheme(text.substr(0, scheme_length));
  std::string_view rest = text.substr(scheme_length + 1);
  std::string authority;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    authority = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (rest.empty()) rest = "/";
  return Path(std::move(scheme), std::move(authority), std::string(rest));
}

Path::Path(std::string scheme, std::string authority, std::string path)
    : scheme_(std::move(scheme)), authority_(std::move(authority)), path_(Normalised(path)) {}

std::string Path::name() const {
  const std::size_t slash = path_.rfind('/');
  return slash == std::string::npos ? path_ : path_.substr(slash + 1);
}

Path Path::parent() const {
  const std::size_t slash = path_.rfind('/');
  if (slash == std::string::npos) return WithPath(".");
  return WithPath(path_.substr(0, slash == 0 ? 1 : slash));
}

Path Path::Child(std::string_view name) const {
  if (path_.empty()) return WithPath(std::string(name));
  return WithPath(path_ + "/" + std::string(name));
}

Path Path::WithPath(std::string path) const { return Path(scheme_, authority_, std::move(path)); }

std::string Path::ToString() const {
  if (scheme_.empty()) return path_;
  return scheme_ + "://" + authority_ + path_;
}

}  // namespace mrd::fs
