#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/clock.h"
#include "sim/plant.h"

namespace mrd::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  Plant plant = Plant::kNone;
  bool verbose = false;         // every line of the trace goes to standard output
  Millis trouble = 60'000;      // so long things go wrong
  Millis rest_max = 400'000;    // after so long of peace everything has to be in order
  std::size_t lines_kept = 200;    // of the trace, for a fault's description
};

struct RunOutcome {
  std::string fault;            // "" when every promise was kept
  std::uint64_t fault_step = 0;
  bool excused = false;         // bytes went with disks in a way that nobody can make good: nothing more can be said
  std::uint64_t steps = 0;
  Millis time = 0;              // virtual
  Millis rested_after = 0;      // of peace
  std::uint64_t trace_hash = 0;
  std::uint64_t operations = 0;    // of clients
  std::uint64_t acknowledged = 0;  // of those
  std::vector<std::string> last_lines;
};

// One cluster from one seed: trouble, then peace, then the checks. The same options give the same outcome.
RunOutcome Run(const RunOptions& options);

// What to print of a fault: seed, step, what broke, and what happened before.
std::string Describe(const RunOptions& options, const RunOutcome& outcome);

}  // namespace mrd::sim
