#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "namenode/options.h"

namespace mrd::namenode {

// Makes the directories of a new, empty file system. kFailedPrecondition over existing data unless `force`; does nothing
// when they are formatted already with the same cluster id, or with any when `cluster_id` is "" and not `force`.
struct FormatWish {
  std::string cluster_id;  // "": a new one is made up
  bool force = false;
};
// A sentence of what was done.
Result<std::string> Format(Env& env, Clock& clock, const NamenodeOptions& options, const FormatWish& wish);
// Whether the directories belong to a file system already.
Result<bool> IsFormatted(Env& env, const NamenodeOptions& options);

// A namenode: storage, journal, checkpoint, core and RPC server, in the order of their start. One thread runs the core and
// its connections; the journal and the checkpoint have one each.
class Server {
 public:
  // Recovers the namespace and begins to serve. Errors say what to do. `on_fatal` is called, from any thread, when the
  // process has to end because the journal cannot be written any more.
  static Result<std::unique_ptr<Server>> Start(Env& env, Clock& clock, Log& log, NamenodeOptions options,
                                               std::function<void(const Status&)> on_fatal);
  virtual ~Server() = default;

  virtual std::uint16_t rpc_port() const = 0;
  // Refuses new calls, lets those in flight end, makes the checkpoint safe.
  virtual Status Stop() = 0;
};

}  // namespace mrd::namenode
