#pragma once

// The values of dfs/check.h and the messages of proto/mr/administration.proto. From the wire: kCorruption for what no
// namenode says, such as a health beyond those known.

#include "common/base/status.h"
#include "dfs/check.h"
#include "proto/mr/administration.pb.h"

namespace mrd::dfs::wire {

void ToProto(const CheckRequest& request, proto::CheckFilesRequestProto* proto);
CheckRequest FromProto(const proto::CheckFilesRequestProto& proto);

void ToProto(const CheckPage& page, proto::CheckFilesResponseProto* proto);
Result<CheckPage> FromProto(const proto::CheckFilesResponseProto& proto);

void ToProto(const BlockCheck& check, proto::CheckBlockResponseProto* proto);
Result<BlockCheck> FromProto(const proto::CheckBlockResponseProto& proto);

void ToProto(const LostBlock& block, proto::LostBlockProto* proto);
Result<LostBlock> FromProto(const proto::LostBlockProto& proto);

void ToProto(const Examination& examination, proto::ExamineResponseProto* proto);
Result<Examination> FromProto(const proto::ExamineResponseProto& proto);

void ToProto(const DatanodeFacts& facts, proto::DiagnoseResponseProto* proto);
DatanodeFacts FromProto(const proto::DiagnoseResponseProto& proto);

}  // namespace mrd::dfs::wire
