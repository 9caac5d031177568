#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "tasktracker/options.h"
#include "tasktracker/views.h"
#include "tasktracker/zygote_process.h"

namespace mrd::tasktracker {

// A tasktracker: local directories, shuffle port, and the tracker that deals with the jobtracker, in the order of their
// start.
class Server {
 public:
  // Clears and locks the local directories and begins to serve; does not wait for the jobtracker. Errors say what to
  // do. `on_end` is called, from any thread, when the process is to end: kCancelled when the jobtracker wants it. Job
  // packs are read from `file_systems`. `zygotes` is the one of the process, `config` what the
  // pages show. All references must outlive it.
  static Result<std::unique_ptr<Server>> Start(Env& env, Clock& clock, Log& log, const Config& config,
                                               fs::Registry& file_systems, ZygotePids& zygotes, Options options,
                                               std::function<void(const Status&)> on_end);
  virtual ~Server() = default;

  virtual std::uint16_t shuffle_port() const = 0;
  virtual std::uint16_t http_port() const = 0;
  virtual const std::string& name() const = 0;
  virtual Views& views() = 0;
  // Why the jobtracker does not know this tracker yet; "" when it does.
  virtual std::string waiting_for() const = 0;
  // Kills attempts and tells so, refuses new work, ends connections.
  virtual Status Stop() = 0;
};

}  // namespace mrd::tasktracker
