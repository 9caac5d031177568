#pragma once

#include <cstdint>
#include <functional>

#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "tools/shell/console.h"
#include "tools/shell/item.h"

namespace mrd::shell {

// Gets bytes in order; a failure ends the copy.
using ByteSink = std::function<Status(const char* data, std::size_t size)>;

// Everything of `file` from `offset`, at most `limit` bytes; how many there were. Ends early, with the status of an
// interrupt, after Ctrl-C.
Result<std::uint64_t> CopyBytes(fs::InputFile& file, std::uint64_t offset, std::uint64_t limit, const ByteSink& sink);
// All of standard input.
Result<std::uint64_t> CopyInput(Console& console, const ByteSink& sink);
// Prints bytes of a file as they are.
Status PrintBytes(Session& session, const Item& item, std::uint64_t offset, std::uint64_t limit);

}  // namespace mrd::shell
