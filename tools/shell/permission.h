#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd::shell {

// "rwxr-x--t": nine letters, the last one t or T when the sticky bit is set.
std::string PermissionLetters(std::uint32_t mode);
// "755", "1777": as many digits as needed.
std::string PermissionDigits(std::uint32_t mode);

// What -chmod is told: "755", "1777", "u+rw,go-w", "a=rX", "+t".
class ModeChange {
 public:
  // A usage fault for what does not follow the pattern. `umask` takes bits away from changes that name no class ("+w").
  static Result<ModeChange> Parse(std::string_view text, std::uint32_t umask);
  std::uint32_t Apply(std::uint32_t mode, bool is_directory) const;

 private:
  struct Part {
    std::uint32_t mask = 0;  // bits that it may touch
    char operation = '=';
    std::uint32_t bits = 0;  // of all classes
    bool execute_if_sensible = false;  // X: of directories, and of files that somebody may execute
  };
  static bool ParsePart(std::string_view text, std::uint32_t umask, Part& part);

  std::vector<Part> parts_;
};

}  // namespace mrd::shell
