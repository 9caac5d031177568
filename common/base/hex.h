#pragma once

#include <cstddef>
#include <string>

namespace mrd {

// Two lower-case digits for each byte.
std::string ToHex(const void* data, std::size_t size);

}  // namespace mrd
