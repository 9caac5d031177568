#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"

namespace mrd {

// Reading the text form of values. Blanks around a value are ignored. The error of each says only what was expected
// ("not a whole number"); the caller knows the key and where the value came from.

Result<std::int64_t> ParseInt(std::string_view text);    // decimal, or hexadecimal after 0x
Result<double> ParseDouble(std::string_view text);       // finite
Result<bool> ParseBool(std::string_view text);           // true or false, in any case
// In bytes. A bare number counts `unit_bytes`; k m g t p are powers of 1024.
Result<std::int64_t> ParseSize(std::string_view text, std::int64_t unit_bytes = 1);
// In milliseconds. A bare number counts `unit_ms`; suffixes are ms s m h d.
Result<std::int64_t> ParseDurationMs(std::string_view text, std::int64_t unit_ms = 1);
std::vector<std::string> ParseList(std::string_view text);

// What one of a key's unit is worth: bytes for a size, milliseconds for a duration, else 1.
std::int64_t UnitOf(const ConfigKey& key);

// Whether the text is of the key's type and within its range; the message tells what is expected.
Status CheckValue(const ConfigKey& key, std::string_view text);

}  // namespace mrd
