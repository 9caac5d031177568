#include <cstdio>
#include <cstdlib>

#include <fcntl.h>

#include "common/base/unique_fd.h"
#include "tasktracker/worker/zygote.h"

int main() {
  constexpr int kTracker = 3;
  if (::fcntl(kTracker, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("mr-worker: is started by the tasktracker, with a socket as descriptor 3; it does nothing by itself\n", stderr);
    return 255;
  }
  ::unsetenv("LD_BIND_NOW");  // the tracker's, for this process alone
  return mrd::tasktracker::Zygote(mrd::UniqueFd(kTracker)).Run();
}
