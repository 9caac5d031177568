#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace mrd::admin {

// "10g", "512", "-1": a whole number with Hadoop's binary suffixes k m g t p e in either case. kInvalidArgument, naming
// the text, for anything else and for what 63 bits do not hold.
Result<std::int64_t> ParseSize(const std::string& text);

// "755.92 GB", "36 KB", "14 B": two decimals, none for a whole multiple.
std::string SizeText(std::uint64_t bytes);
// "12.50%".
std::string PercentText(double part, double whole, double when_whole_is_zero);

}  // namespace mrd::admin
