#pragma once

#include <cstdint>
#include <string>

namespace mrd {

// A size for people, in powers of 1024 with one decimal below ten: "999 B", "1.5 KiB", "64 MiB".
std::string HumanBytes(std::uint64_t bytes);

}  // namespace mrd
