#pragma once

#include "tools/command.h"

namespace mrd::tools {

extern const Command kSubmitPlannedCommand;  // hidden: for the jobtracker

}  // namespace mrd::tools
