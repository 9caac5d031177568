#pragma once

#include <cstddef>
#include <cstdint>

namespace mrd::engine::guard {

// Loads what the unwinder needs and finds addr2line, so that a signal handler need not.
void PrepareBackTrace();

// Prints the calling thread's stack to stderr from the frame of `program_counter` on (all frames when it is 0 or not
// found): module, offset in it, and function, file and line where addr2line is installed and the module has debug
// information. To be called from a signal handler.
void PrintBackTrace(std::uintptr_t program_counter);

}  // namespace mrd::engine::guard
