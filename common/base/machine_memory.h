#pragma once

#include <cstdint>

namespace mrd {

// How much memory one job may take for its speed alone, without crowding out others: a quarter of what this machine, or
// the control group that the process runs in, has and does not use at the moment. 0 when that cannot be told.
std::uint64_t MemoryToSpare();

// What this machine or control group has and does not use, page cache counted as not used. 0 when that cannot be told.
std::uint64_t MemoryAvailable();

}  // namespace mrd
