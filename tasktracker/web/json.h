#pragma once

#include <string>

#include "tasktracker/views.h"

namespace mrd::tasktracker::web {

// The tracker as GET /api/tracker tells it (docs/protocols.md), in one line.
std::string ToJson(const TrackerView& view);

}  // namespace mrd::tasktracker::web
