#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "jobtracker/options.h"

namespace mrd::jobtracker {

// A jobtracker: job store, core, RPC server, and what is done for jobs that have ended, in the order of their start. One
// thread runs the core and its connections; the store and the file systems of the history have one each.
class Server {
 public:
  // Recovers the jobs and begins to serve. Errors say what to do. `on_fatal` is called, from any thread, when the process
  // has to end because the store cannot be written any more. `config` is for the file systems of the history and is
  // copied; `keys` are all that this process knows.
  static Result<std::unique_ptr<Server>> Start(Env& env, Clock& clock, Log& log, const Config& config,
                                               JobtrackerOptions options, std::function<void(const Status&)> on_fatal);
  virtual ~Server() = default;

  virtual std::uint16_t rpc_port() const = 0;
  virtual std::uint16_t http_port() const = 0;  // 0 without pages
  // Refuses new calls, lets those in flight end, writes what waits.
  virtual Status Stop() = 0;
};

}  // namespace mrd::jobtracker
