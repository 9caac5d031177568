#pragma once

#include "common/base/status.h"

namespace mrd {

// Whether the kernel can refuse system calls to a process by a filter (seccomp), and this build knows the processor's
// numbers. OK, or kUnimplemented with the reason.
Status CanDenySystemCalls();

// From now on what concerns the machine rather than the program is refused to the calling thread and to every thread and
// process that it starts: looking into other processes, mounting, namespaces, kernel modules and other kernels, BPF,
// performance events, the kernel's keys, files by handle, io_uring, the clock, swap, reboot. Such a call fails with EPERM
// and the process goes on; nothing gives the right back. Programs that are run get no rights by a set-user-id bit any more.
// Calls through another interface of the kernel than the program's own (32 bits) are all refused.
Status DenySystemCalls();

}  // namespace mrd
