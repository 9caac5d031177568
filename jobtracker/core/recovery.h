#pragma once

#include "common/base/status.h"
#include "jobtracker/core/state.h"

namespace mrd::jobtracker {

// Applies one record of the journal.
Status ApplyRecord(State& state, const Record& record);
// All records are applied: goes on from there.
void BeginLife(State& state);

}  // namespace mrd::jobtracker
