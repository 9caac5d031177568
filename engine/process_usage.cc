#include "engine/process_usage.h"

#include <algorithm>

#include "common/base/clock.h"

namespace mrd::engine {

ProcessUsage::ProcessUsage(const fs::Registry& file_systems)
    : file_systems_(file_systems),
      cpu_begin_(Clock::System().ProcessCpuMillis()),
      io_begin_(file_systems.Statistics()) {}

void ProcessUsage::CountInto(Counters& counters, const Ledger& ledger, std::uint64_t held_bytes) const {
  counters.Add(kTaskGroup, "CPU_MILLISECONDS", Clock::System().ProcessCpuMillis() - cpu_begin_);
  const ProcessMemory memory = CurrentProcessMemory();
  counters.Add(kTaskGroup, "PHYSICAL_MEMORY_BYTES", memory.resident);
  counters.Add(kTaskGroup, "VIRTUAL_MEMORY_BYTES", memory.virtual_size);

  for (const auto& [scheme, now] : file_systems_.Statistics()) {
    fs::IoStatistics then;
    if (const auto found = io_begin_.find(scheme); found != io_begin_.end()) then = found->second;
    std::string prefix = scheme;
    std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
    const auto add = [&](const char* suffix, std::uint64_t a, std::uint64_t b) {
      counters.Add(kFileSystemGroup, prefix + suffix, static_cast<std::int64_t>(a - b));
    };
    add("_BYTES_READ", now.bytes_read, then.bytes_read);
    add("_BYTES_WRITTEN", now.bytes_written, then.bytes_written);
    add("_READ_OPS", now.read_operations, then.read_operations);
    add("_LARGE_READ_OPS", now.large_read_operations, then.large_read_operations);
    add("_WRITE_OPS", now.write_operations, then.write_operations);
  }
  counters.Add(kFileSystemGroup, "FILE_BYTES_WRITTEN", static_cast<std::int64_t>(ledger.spill_bytes));
  const std::uint64_t read = ledger.shuffle_bytes - std::min(ledger.shuffle_bytes, held_bytes);
  counters.Add(kFileSystemGroup, "FILE_BYTES_READ", static_cast<std::int64_t>(read));
}

}  // namespace mrd::engine
