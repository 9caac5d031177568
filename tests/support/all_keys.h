#pragma once

#include "common/base/config.h"

namespace mrd::test {

// Every key that some program of the project reads: what docs/configuration.md and conf/ are made of. A name that two
// tables had would end the program here.
KeyRegistry AllKeys();

}  // namespace mrd::test
