#pragma once

#include <memory>

#include "common/base/config.h"
#include "common/base/status.h"
#include "jobtracker/core/types.h"
#include "jobtracker/service/split_table.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::jobtracker {

// The configuration of a job: its own properties over the defaults of `keys`, which must outlive it. Properties that `keys`
// does not list are left out. kInvalidArgument naming key and value.
Result<Config> JobConfig(const mapred::proto::JobSpecProto& spec, const KeyRegistry& keys);

// What the core is told of a job. The same specification and splits give the same submission, at the start of the job and
// at each restart of the jobtracker. kInvalidArgument naming what is wrong.
Result<std::shared_ptr<const JobSubmission>> MakeSubmission(const mapred::proto::JobSpecProto& spec,
                                                            const SplitTable& splits, const KeyRegistry& keys);

}  // namespace mrd::jobtracker
