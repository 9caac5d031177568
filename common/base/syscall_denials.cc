#include "common/base/syscall_denials.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mrd {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif
constexpr std::uint32_t kOtherInterface = 0x40000000;  // numbers of x32 on x86-64; no processor has own ones from here on

constexpr std::uint32_t kNewNamespaces = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID |
                                         CLONE_NEWUSER | CLONE_NEWUTS;

constexpr std::uint32_t kDenied[] = {
    // Other processes.
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
    // File systems and what they are seen through.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_quotactl,
    SYS_setns, SYS_unshare,
    // The kernel.
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
    SYS_io_uring_setup, SYS_syslog, SYS_acct, SYS_add_key, SYS_request_key, SYS_keyctl,
    // The machine.
    SYS_reboot, SYS_swapon, SYS_swapoff, SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime,
    SYS_clock_adjtime, SYS_adjtimex, SYS_vhangup,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl,
#endif
#ifdef SYS_ioperm
    SYS_ioperm,
#endif
};

sock_filter Load(std::size_t offset) {
  return {.code = BPF_LD | BPF_W | BPF_ABS, .jt = 0, .jf = 0, .k = static_cast<std::uint32_t>(offset)};
}
sock_filter Jump(std::uint16_t how, std::uint32_t value, std::size_t when_true, std::size_t when_false) {
  return {.code = static_cast<std::uint16_t>(BPF_JMP | how | BPF_K),
          .jt = static_cast<std::uint8_t>(when_true),
          .jf = static_cast<std::uint8_t>(when_false),
          .k = value};
}
sock_filter Answer(std::uint32_t action) { return {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = action}; }

// A jump reaches 255 instructions.
static_assert(std::size(kDenied) < 200);

// One pass over the numbers: the answers stand at the end.
std::vector<sock_filter> Program() {
  constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
  constexpr std::size_t kDenials = std::size(kDenied);
  std::vector<sock_filter> code;
  code.push_back(Load(offsetof(seccomp_data, arch)));
  code.push_back(Jump(BPF_JEQ, kArchitecture, 1, 0));
  code.push_back(Answer(kRefuse));
  code.push_back(Load(offsetof(seccomp_data, nr)));
  code.push_back(Jump(BPF_JGE, kOtherInterface, 0, 1));
  code.push_back(Answer(kRefuse));
  // The flags of clone3 lie in memory, where a filter cannot look. The C library uses clone when there is no clone3.
  code.push_back(Jump(BPF_JEQ, SYS_clone3, 0, 1));
  code.push_back(Answer(SECCOMP_RET_ERRNO | ENOSYS));
  for (std::size_t i = 0; i < kDenials; ++i) {
    // Past the numbers that are left and the three instructions on clone, and the permission.
    code.push_back(Jump(BPF_JEQ, kDenied[i], kDenials - i - 1 + 4, 0));
  }
  code.push_back(Jump(BPF_JEQ, SYS_clone, 0, 2));
  code.push_back(Load(offsetof(seccomp_data, args)));  // the lower half of the flags, on a little-endian processor
  code.push_back(Jump(BPF_JSET, kNewNamespaces, 1, 0));
  code.push_back(Answer(SECCOMP_RET_ALLOW));
  code.push_back(Answer(kRefuse));
  return code;
}

}  // namespace

Status CanDenySystemCalls() {
  if (kArchitecture == 0) return Unimplemented("this build knows no numbers of system calls for the processor");
  std::uint32_t action = SECCOMP_RET_ERRNO;
  if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) return Status::Ok();
  return Unimplemented(std::string("this kernel offers no seccomp filters: ") + std::strerror(errno));
}

Status DenySystemCalls() {
  MRD_RETURN_IF_ERROR(CanDenySystemCalls());
  std::vector<sock_filter> code = Program();
  sock_fprog program{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return FromErrno(errno, "give up new privileges");
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) return Status::Ok();
  return FromErrno(errno, "filter system calls");
}

}  // namespace mrd
