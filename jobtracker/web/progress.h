#pragma once

#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker::web {

// How far a job is in each of its phases, 0 … 1. A reduce's progress counts shuffle, sort and reduce as a third each.
struct PhaseProgress {
  double map = 0;
  double shuffle = 0;
  double sort = 0;
  double reduce = 0;
};

// From the job's reduces; the maps' part is the status' own.
PhaseProgress ProgressOf(const mapred::proto::JobStatusProto& status, const mapred::proto::GetTasksResponseProto& reduces);

}  // namespace mrd::jobtracker::web
