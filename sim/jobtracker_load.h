#pragma once

#include <cstdint>

namespace mrd::sim {

struct JobtrackerLoadOptions {
  std::uint32_t trackers = 1'000;
  std::uint32_t slots = 2;           // of each kind and tracker
  std::uint32_t jobs = 10;
  std::uint32_t maps = 9'900;        // of each job, three hosts each
  std::uint32_t reduces = 100;
  bool fair = true;
};

struct JobtrackerLoadOutcome {
  std::uint64_t attempts = 0;        // started
  std::uint64_t succeeded = 0;       // jobs
  std::uint64_t near = 0;            // maps that ran on a host of their split
  std::uint64_t calls = 0;           // of the core
  std::int64_t virtual_ms = 0;
  double real_seconds = 0;           // altogether
  double cpu_seconds = 0;            // of the processor
  // Of the processor, by started attempt: all decisions that it takes from the launch to its end; and handing out orders,
  // most of which name map outputs.
  double micros_per_decision = 0;
  double micros_of_orders = 0;
};

// A large cluster without faults, as fast as it goes: each tracker reports every three seconds and whenever an attempt
// ends, and takes its orders at once.
JobtrackerLoadOutcome RunJobtrackerLoad(const JobtrackerLoadOptions& options);

}  // namespace mrd::sim
