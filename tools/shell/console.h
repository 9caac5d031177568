#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/status.h"

namespace mrd::shell {

// Where a command reads and writes. Thread-safe for Out() and Err(); one reader of In().
class Console {
 public:
  virtual ~Console() = default;
  // False when nobody reads it any more, so that a command may end.
  virtual bool Out(std::string_view text) = 0;
  virtual void Err(std::string_view text) = 0;
  // Up to `size` bytes of standard input; 0 at its end.
  virtual Result<std::size_t> In(char* out, std::size_t size) = 0;
  // True when what is written to Err() is seen by a person whose terminal understands "\r".
  virtual bool live() const { return false; }
  virtual int columns() const { return 80; }
};

}  // namespace mrd::shell
