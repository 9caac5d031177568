#pragma once

#include <cstdint>

namespace mrd::sim {

// A fault that is built on purpose between the jobtracker's core and the world, so that a test can show that the checks of
// jobtracker_run.h find it.
enum class JobtrackerPlant : std::uint8_t {
  kNone,
  kForgetsGrants,      // grants to publish are not journalled
  kForgetsEnds,        // that attempts ended is not journalled
  kForgetsSuperseded,  // a grant does not name the attempts that had it before
  kOrdersBeforeFlush,  // orders leave before the records that they rest on are on the disk
};

}  // namespace mrd::sim
