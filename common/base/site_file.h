#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd {

// One <property> of a site file.
struct SiteProperty {
  std::string name;   // without blanks around it
  std::string value;  // as written, blanks included
  bool final = false;
  std::size_t line = 0;  // where it begins, from 1
};

// Reads a Hadoop site file: <configuration> holding <property> with <name>, <value>, <final>, <description> (also
// <tag> and <source>, which are ignored), or the same as attributes. Well-formed XML in UTF-8 without document type,
// own entities and inclusions: nothing outside the text is ever read. Errors begin with "path:line: ".
//
// Written by hand because the reader of Boost.PropertyTree does not tell the lines of what it read, and accepts end tags
// that do not fit.
Result<std::vector<SiteProperty>> ParseSiteFile(std::string_view xml, const std::string& path);

}  // namespace mrd
