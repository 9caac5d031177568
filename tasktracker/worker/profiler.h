#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// Samples where this process spends its CPU time: a hundred times per second of it, the stack of the thread that runs.
// Equal stacks are counted together, in memory of a fixed size. One at a time in a process, since the signal (SIGPROF)
// and its handler are the process's; a plugin that uses SIGPROF itself ends the sampling.
class Profiler {
 public:
  static Result<std::unique_ptr<Profiler>> Start();
  ~Profiler();
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;

  void Stop();
  std::uint64_t samples() const;
  // What was sampled as folded stacks, the format that flame graph tools read: a line per stack, functions from the
  // outermost to the innermost separated by ';', a blank, how often. Samples for which there was no room are counted
  // under "(left out)". REQUIRES: stopped.
  std::string Folded() const;

 private:
  Profiler() = default;
};

// Names of functions by address: from the symbol tables of the modules that are loaded, read when first asked for.
class FunctionNames {
 public:
  explicit FunctionNames(Env& env) : env_(env) {}
  // "mr::Stage::Run(int)"; "[plugin.so]" when only the module is known. `is_return`: the address is one to return to, so
  // what was called stands before it.
  std::string Of(std::uintptr_t address, bool is_return);

 private:
  struct Function {
    std::uint64_t end = 0;
    std::string name;
  };
  using Table = std::map<std::uint64_t, Function>;  // by begin, as in the file
  const Table& TableOf(const std::string& module);

  Env& env_;
  std::map<std::string, Table> tables_;
};

}  // namespace mrd::tasktracker
