#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/net/runtime.h"
#include "tasktracker/local_dirs.h"
#include "tasktracker/map_outputs.h"
#include "tasktracker/memory_groups.h"
#include "tasktracker/options.h"
#include "tasktracker/pack_cache.h"
#include "tasktracker/task_logs.h"
#include "tasktracker/zygote_process.h"

namespace mrd::tasktracker {

// What the parts of a tracker share. Everything in it outlives them and may be used from any thread, but for what the
// strand protects: the state of jobs and attempts is touched there only.
struct Context {
  net::Runtime& runtime;
  boost::asio::any_io_executor strand;
  net::BlockingPool& disk;  // local files, packs, looking at processes
  Env& env;
  Clock& clock;
  Logger log;
  const Options& options;
  LocalDirs& dirs;
  PackCache& packs;
  TaskLogs& logs;
  MapOutputs& outputs;
  ZygotePids& zygotes;
  MemoryGroups* memory_groups = nullptr;  // for attempts with a limit; nullptr: there are none here
};

}  // namespace mrd::tasktracker
