#pragma once

#include "jobtracker/core/state.h"

namespace mrd::jobtracker {

// What keeps a job's tasks of one kind back, whatever slots are free.
enum class Hold {
  kNone,
  kNotAdmitted,
  kEnding,
  kMapsFirst,  // slow start
  kJobLimit,
  kUserLimit,
};
Hold Holds(const Job& job, SlotKind kind);

// Whether one more second attempt is within the job's cap.
bool MaySpeculate(const State& state, const Job& job, SlotKind kind);

}  // namespace mrd::jobtracker
