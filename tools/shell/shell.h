#pragma once

#include "tools/shell/session.h"
#include "tools/shell/words.h"

namespace mrd::shell {

// Runs one command line without program name and generic options: {"-ls", "/"}; the dash may be left out. Returns the
// exit status: 0, 1 when something failed, 130 after an interrupt, 255 for wrong words.
int Run(const Surroundings& around, Words words);

}  // namespace mrd::shell
