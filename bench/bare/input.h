// What every bare program needs: timing to stderr, a file cut into ranges, two workers.
// The bare programs are probes. They show what the machine can do; nothing of the product uses them.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace bare {

[[noreturn]] inline void Die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

inline bool IsSpace(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

inline int Threads() {
  const char* s = std::getenv("BARE_THREADS");
  return s ? std::atoi(s) : 2;
}

// Prints the seconds of each phase when BARE_VERBOSE is set.
class Phases {
 public:
  void Done(const char* phase) {
    auto now = std::chrono::steady_clock::now();
    if (std::getenv("BARE_VERBOSE")) {
      std::fprintf(stderr, "%-10s %.3f s\n", phase,
                   std::chrono::duration<double>(now - last_).count());
    }
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Memory to read into. Begins at a page: the kernel's copy takes two to three times as long to sixteen bytes after one,
// where malloc puts what is large.
template <class T>
struct PageAllocator {
  using value_type = T;
  T* allocate(size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{4096})); }
  void deallocate(T* p, size_t) { ::operator delete(p, std::align_val_t{4096}); }
  friend bool operator==(const PageAllocator&, const PageAllocator&) { return true; }
};
using Buffer = std::vector<char, PageAllocator<char>>;
// Where `kept` bytes may begin in a buffer so that what is read behind them begins at a cache line.
constexpr uint64_t kFrontMost = 64;
inline uint64_t Front(uint64_t kept) { return (kFrontMost - kept % kFrontMost) % kFrontMost; }

// An input file, read by position, so that threads share it.
class Input {
 public:
  explicit Input(const char* path) : fd_(open(path, O_RDONLY | O_CLOEXEC)) {
    struct stat st;
    if (fd_ < 0 || fstat(fd_, &st) != 0) Die(path);
    size_ = static_cast<uint64_t>(st.st_size);
  }
  ~Input() { close(fd_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  uint64_t size() const { return size_; }
  int fd() const { return fd_; }

  void Read(void* to, uint64_t n, uint64_t at) const {
    char* p = static_cast<char*>(to);
    while (n > 0) {
      ssize_t got = pread(fd_, p, n, static_cast<off_t>(at));
      if (got <= 0) Die("read");
      p += got;
      n -= static_cast<uint64_t>(got);
      at += static_cast<uint64_t>(got);
    }
  }

  // The first position at or after `at` that follows a byte which `ends` accepts; 0 stays 0.
  template <class Ends>
  uint64_t CutAfter(uint64_t at, Ends ends) const {
    if (at == 0) return 0;
    std::vector<char> b(4096);
    for (uint64_t p = at - 1; p < size_;) {
      uint64_t n = std::min<uint64_t>(b.size(), size_ - p);
      Read(b.data(), n, p);
      for (uint64_t i = 0; i < n; ++i) {
        if (ends(static_cast<unsigned char>(b[i]))) return p + i + 1;
      }
      p += n;
    }
    return size_;
  }

 private:
  int fd_;
  uint64_t size_ = 0;
};

inline void WriteAt(int fd, const char* p, uint64_t n, uint64_t at) {
  while (n > 0) {
    ssize_t put = pwrite(fd, p, n, static_cast<off_t>(at));
    if (put <= 0) Die("write");
    p += put;
    n -= static_cast<uint64_t>(put);
    at += static_cast<uint64_t>(put);
  }
}

inline int Create(const char* path) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) Die(path);
  return fd;
}

// Runs work(0) … work(n-1) at the same time, the last one on the calling thread.
template <class Work>
void Parallel(int n, Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i + 1 < n; ++i) threads.emplace_back([=] { work(i); });
  work(n - 1);
  for (auto& t : threads) t.join();
}

// Memory of whole pages from the system, zeroed; huge pages where it is large.
template <class T>
T* Pages(uint64_t count) {
  uint64_t n = count * sizeof(T);
  void* p = mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) Die("mmap");
  if (n >= (4u << 20)) madvise(p, n, MADV_HUGEPAGE);
  return static_cast<T*>(p);
}

template <class T>
void FreePages(T* p, uint64_t count) {
  if (p != nullptr) munmap(p, count * sizeof(T));
}

}  // namespace bare
