#pragma once

#include "engine/counters.h"
#include "engine/input_plan.h"
#include "engine/ledger.h"
#include "engine/manifest.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::mapred::wire {

// Between the engine's values and the messages of proto/mr/mapred.proto. What a peer sent may be any valid message: missing
// fields have their defaults, surplus ones are ignored.
void ToProto(const engine::Counters& counters, proto::CountersProto* message);
engine::Counters FromProto(const proto::CountersProto& message);
void ToProto(const engine::Ledger& ledger, proto::LedgerProto* message);
engine::Ledger FromProto(const proto::LedgerProto& message);
void ToProto(const engine::ManifestPart& part, proto::PartProto* message);
engine::ManifestPart FromProto(const proto::PartProto& message);
// The hosts are not the engine's business: left alone.
void ToProto(const engine::InputSplit& split, proto::SplitProto* message);
engine::InputSplit FromProto(const proto::SplitProto& message);

}  // namespace mrd::mapred::wire
