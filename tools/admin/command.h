#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "tools/admin/session.h"

namespace mrd::admin {

inline constexpr std::size_t kAnyNumber = SIZE_MAX;

// One command of dfsadmin. `run` gets as many words as `words_min` and `words_max` allow. A status that is not OK is
// printed; shell::UsageFault() prints the usage too.
struct Command {
  const char* name;
  const char* arguments;  // as in a usage line
  const char* help;       // lines without indentation
  std::size_t words_min;
  std::size_t words_max;
  Status (*run)(Session& session, const Words& words);
};

// In the order of the help text; each list is a source file's.
std::span<const Command> StateCommands();     // commands_state.cc: report, safe mode, checkpoints
std::span<const Command> QuotaCommands();     // commands_quota.cc
std::span<const Command> RefreshCommands();   // commands_refresh.cc: what is read again, upgrades
std::span<const Command> DatanodeCommands();  // commands_datanode.cc: what one datanode is asked

}  // namespace mrd::admin
