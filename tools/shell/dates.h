#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mrd::shell {

// Instants are milliseconds since 1970.
std::string ListTime(std::int64_t ms);        // "2024-03-05 10:11" in local time
std::string UtcTime(std::int64_t ms);         // "2024-03-05 10:11:59"
std::string LogTime(std::int64_t ms);         // "2024-03-05 10:11:59,123" in local time
std::string CheckpointName(std::int64_t ms);  // "240305101159" in local time
std::optional<std::int64_t> ParseCheckpointName(std::string_view name);
// "yyyyMMdd:HHmmss" in local time.
std::optional<std::int64_t> ParseTouchTime(std::string_view text);

}  // namespace mrd::shell
