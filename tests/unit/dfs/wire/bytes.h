#pragma once

// Bytes written as hex digits, the way protocol descriptions show them.

#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/base/hex.h"

namespace mrd::dfs::wire {

// "04 08 | 00" as three bytes; whatever is no hex digit is skipped.
inline std::string Bytes(std::string_view hex) {
  std::string out;
  int high = -1;
  for (const char c : hex) {
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      continue;
    }
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<char>(high << 4 | digit));
      high = -1;
    }
  }
  MRD_CHECK(high < 0);
  return out;
}

inline std::string Hex(std::string_view bytes) { return ToHex(bytes.data(), bytes.size()); }

}  // namespace mrd::dfs::wire
