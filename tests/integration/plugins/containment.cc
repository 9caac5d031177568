// What user code does to the machine that runs it, one job each; the line "bad" triggers it.
#include <mr/mr.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>

namespace {

using Emit = mr::Emit<std::string_view, std::int64_t>;

__attribute__((noinline)) std::int64_t burn_processor_time(double seconds) {
  volatile std::int64_t sum = 0;
  const std::clock_t until = std::clock() + static_cast<std::clock_t>(seconds * CLOCKS_PER_SEC);
  while (std::clock() < until) {
    for (int i = 0; i < 10'000; ++i) sum = sum + i;
  }
  return sum;
}

}  // namespace

MR_JOB(burns, "Burns a second of processor time.") {
  job.map([](mr::Line line, Emit& emit) { emit(line.text, burn_processor_time(1.0) >= 0); });
  job.map_only();
}

MR_JOB(allocates, "Takes memory without end, a mebibyte at a time.") {
  job.map([](mr::Line line, Emit& emit) {
    for (std::int64_t taken = 0; line.text == "bad"; ++taken) {
      void* const block = std::malloc(1 << 20);
      if (block == nullptr) throw std::bad_alloc();
      std::memset(block, 1, 1 << 20);
      if (taken % 8 == 0) ::usleep(10'000);
    }
    emit(line.text, 1);
  });
  job.map_only();
}

MR_JOB(litters, "Writes a file into its working directory and leaves it.") {
  job.map([](mr::Line line, Emit& emit) {
    if (std::ifstream("litter").good()) throw std::runtime_error("somebody else's litter is here");
    std::ofstream("litter") << line.text;
    emit(line.text, 1);
  });
  job.map_only();
}

MR_JOB(stuck_at_bad, "Counts lines, and never comes back from the bad one.") {
  job.map([](mr::Line line, Emit& emit) {
    while (line.text == "bad") ::usleep(100'000);
    emit(line.text, 1);
  });
  job.reduce(mr::sum);
}

MR_JOB(grows, "Writes without end to a file in its working directory.") {
  job.map([](mr::Line line, Emit& emit) {
    const int file = ::open("growing", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const std::string block(4096, 'x');
    while (::write(file, block.data(), block.size()) > 0) {
    }
    emit(line.text, 1);
  });
  job.map_only();
}

MR_JOB(opens, "Opens files without end.") {
  job.map([](mr::Line, Emit&) {
    while (::open("/dev/null", O_RDONLY) >= 0) {
    }
    throw std::runtime_error(std::string("open /dev/null: ") + std::strerror(errno));
  });
  job.map_only();
}

MR_JOB(who, "Says whom it runs as, and tries to be root again.") {
  job.map([](mr::Line, Emit& emit) {
    emit("uid", static_cast<std::int64_t>(::getuid()));
    emit("gid", static_cast<std::int64_t>(::getgid()));
    emit("groups", ::getgroups(0, nullptr));
    emit("root again", ::setuid(0) == 0 || ::seteuid(0) == 0);
    emit("shadow", ::open("/etc/shadow", O_RDONLY) >= 0);
  });
  job.reduce(mr::sum);
}

MR_JOB(asks, "Asks the kernel for what concerns the machine.") {
  job.map([](mr::Line, Emit& emit) {
    const auto ask = [&emit](const char* name, long answer) {
      emit(std::string(name) + ": " + (answer >= 0 ? "permitted" : std::strerror(errno)), 1);
    };
    ask("ptrace", ::syscall(SYS_ptrace, 0, 0, 0, 0));
    ask("unshare", ::syscall(SYS_unshare, 0));
    ask("mount", ::syscall(SYS_mount, "none", "/", nullptr, 0, nullptr));
    ask("getppid", ::syscall(SYS_getppid));
  });
  job.map_only();
}

MR_JOB(writes, "Writes to the file that the line names, and says what came of it.") {
  job.map([](mr::Line line, Emit& emit) {
    const std::string path(line.text);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    emit(path + (file < 0 ? std::string(": ") + std::strerror(errno) : std::string(": written")), 1);
    if (file >= 0) ::close(file);
  });
  job.map_only();
}
