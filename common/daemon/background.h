#pragma once

#include <string_view>

#include "common/base/unique_fd.h"

namespace mrd::daemon {

// Putting the process into the background. The one who started it waits until the daemon serves or has failed, and gets
// exit code and reason from it.
class Background {
 public:
  // Goes on in a new process with a session of its own, in the same directory, so that relative paths keep their meaning.
  // The old process waits, prints the reason of a failed start to stderr and exits. False when no process could be made.
  bool Enter();

  // Each at most once, by the new process; nothing when Enter() was not called.
  void Serving();                      // the old process exits with 0
  bool Failed(std::string_view line);  // ... prints the line and exits with 1; false when nobody waits for it

 private:
  bool Tell(char outcome, std::string_view line);
  UniqueFd report_;
};

}  // namespace mrd::daemon
