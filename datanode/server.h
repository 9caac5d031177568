#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "datanode/options.h"

namespace mrd::datanode {

// A datanode: store, data port, RPC port and the actor that deals with the namenode, in the order of their start.
class Server {
 public:
  // Opens the volumes and begins to serve; does not wait for the namenode. Errors say what to do. `on_end` is called, from
  // any thread, when the process is to end: kCancelled when somebody with the right asked for it, else with what broke.
  static Result<std::unique_ptr<Server>> Start(Env& env,
                                               Clock& clock,
                                               Log& log,
                                               DatanodeOptions options,
                                               std::function<void(const Status&)> on_end);
  virtual ~Server() = default;

  virtual std::uint16_t xfer_port() const = 0;
  virtual std::uint16_t ipc_port() const = 0;
  virtual std::string unix_socket() const = 0;  // "": none
  virtual const std::string& datanode_uuid() const = 0;
  // Why the namenode does not know this node yet; "" when it does.
  virtual std::string waiting_for() const = 0;
  // Refuses new work, ends connections, and leaves replicas that are being written for recovery.
  virtual Status Stop() = 0;
};

}  // namespace mrd::datanode
