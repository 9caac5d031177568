#include "common/base/alt_stack.h"

#include <csignal>

namespace mrd {

ThreadSignalStack::ThreadSignalStack() : memory_(new char[kSize]) {
  stack_t stack{};
  stack.ss_sp = memory_.get();
  stack.ss_size = kSize;
  stack_t old{};
  if (sigaltstack(&stack, &old) != 0) {
    // The handler then runs on the ordinary stack, which is right for every crash but an overflow.
    memory_.reset();
    return;
  }
  old_stack_ = old.ss_sp;
  old_size_ = old.ss_size;
  old_flags_ = old.ss_flags;
}

ThreadSignalStack::~ThreadSignalStack() {
  if (!memory_) return;
  stack_t old{};
  old.ss_sp = old_stack_;
  old.ss_size = old_size_;
  old.ss_flags = old_flags_;
  sigaltstack(&old, nullptr);
}

}  // namespace mrd
