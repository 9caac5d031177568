#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::tasktracker {

// Why an attempt failed, from the engine's Status: the kind from its source (engine/failure_source.h), file, offset and
// record from the place that the engine puts in brackets at its end.
mapred::proto::FailureProto FailureOf(const Status& why);

// The same from what the guards (engine/guard) have said of a crash or of exit().
mapred::proto::FailureProto FailureOfCrash(std::string_view last_words);

// Of an attempt that ended with this wait status, saying nothing.
mapred::proto::FailureProto FailureOfSilence(std::string_view attempt_id, int wait_status);

// Text as protocol buffers take it: what is no valid UTF-8 is shown as "?".
std::string Legible(std::string_view text);

}  // namespace mrd::tasktracker
