#pragma once

#include <cstddef>
#include <memory>

namespace mrd {

// Gives the calling thread a stack of its own for signal handlers, so that a handler of a crash still runs when the
// thread's ordinary stack is used up. Signal stacks belong to threads: each thread that runs foreign code makes one.
// The destructor puts back what was there before. Made and destroyed on the same thread.
class ThreadSignalStack {
 public:
  ThreadSignalStack();
  ~ThreadSignalStack();
  ThreadSignalStack(const ThreadSignalStack&) = delete;
  ThreadSignalStack& operator=(const ThreadSignalStack&) = delete;

 private:
  static constexpr std::size_t kSize = 64 << 10;  // a back trace needs about a quarter of it

  std::unique_ptr<char[]> memory_;
  void* old_stack_ = nullptr;
  std::size_t old_size_ = 0;
  int old_flags_ = 0;
};

}  // namespace mrd
