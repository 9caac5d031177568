#pragma once

#include "tools/command.h"

namespace mrd::tools {

extern const Command kScheduleCommand;

}  // namespace mrd::tools
