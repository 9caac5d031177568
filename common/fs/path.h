#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mrd::fs {

// A URI as Hadoop writes paths: [scheme:[//authority]]path. Immutable value. The path part is normalised: no double
// slash, no trailing slash except the root; "." and ".." are kept (the file system resolves them). Characters are
// taken literally: '%' is no escape, a space is a space. A colon in a relative path's first component would read as a
// scheme, so a scheme must match [a-zA-Z][a-zA-Z0-9+.-]* and be followed by '/'; otherwise the colon is part of
// the name.
class Path {
 public:
  Path() = default;
  static Result<Path> Parse(std::string_view text);  // kInvalidArgument for an empty string
  // REQUIRES: `path` is the path part alone.
  Path(std::string scheme, std::string authority, std::string path);

  const std::string& scheme() const { return scheme_; }        // "" when none was given
  const std::string& authority() const { return authority_; }  // "host:port" or ""
  const std::string& path() const { return path_; }
  bool is_absolute() const { return !path_.empty() && path_[0] == '/'; }

  std::string name() const;  // last component; "" for the root
  Path parent() const;       // the root is its own parent; of a single relative name it is "."
  Path Child(std::string_view name) const;
  Path WithPath(std::string path) const;
  // As the user would write it; "file:/x" comes out as "file:///x".
  std::string ToString() const;

  friend bool operator==(const Path&, const Path&) = default;

 private:
  std::string scheme_;
  std::string authority_;
  std::string path_;
};

}  // namespace mrd::fs
