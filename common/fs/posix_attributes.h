#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace mrd::fs {

// What commands change about a local file besides its bytes. Links are followed; errors name the path. Thread-safe.

// Milliseconds since 1970; -1 leaves a time as it is.
Status SetLocalTimes(const std::string& path, std::int64_t modified_ms, std::int64_t accessed_ms);
// Names, or numbers for users and groups without one; "" leaves it as it is. kInvalidArgument for an unknown name.
Status SetLocalOwner(const std::string& path, const std::string& owner, const std::string& group);
// Whether this process may do it: 4 read, 2 write, 1 execute or search, or a sum of these.
Result<bool> MayAccessLocal(const std::string& path, std::uint32_t wanted);

}  // namespace mrd::fs
