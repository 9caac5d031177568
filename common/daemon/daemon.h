#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/config.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace mrd::daemon {

// "rpc" -> 8020: what the ports file tells.
using Ports = std::vector<std::pair<std::string, std::uint16_t>>;

// The serving part of a daemon.
class Service {
 public:
  virtual ~Service() = default;
  virtual Ports ports() const = 0;
  // Refuses new work, ends what is under way. Called once, on a thread of its own, which may block; the process does not
  // wait for it longer than mr.daemon.stop.timeout.
  virtual Status Stop() = 0;
};

// A word of the command line that only this daemon has. One dash or two: "-format" is "--format".
struct Switch {
  const char* name;   // "format", without dashes
  const char* value;  // what follows it, for the help ("ID"); nullptr: nothing follows
  const char* help;   // one sentence
};

// What a daemon's own code is given. All of it outlives the service.
struct Context {
  const Config& config;
  Log& log;
  const std::map<std::string, std::string>& switches;  // those given; "" without a value
  // The file that the log goes to, by --log or because stderr is one; "" when it goes elsewhere.
  const std::string& log_file;
  // Ends the process at once with exit code 1, logging the reason: for what cannot be survived. From any thread; returns.
  std::function<void(const Status& reason)> fail;

  bool Has(const std::string& name) const { return switches.contains(name); }
};

// A daemon program.
struct Program {
  const char* name;     // "namenode"
  const char* summary;  // one sentence
  std::vector<std::span<const ConfigKey>> keys;
  std::vector<std::string> more_site_files;  // read after core-site.xml and hdfs-site.xml: "mapred-site.xml"
  std::vector<Switch> switches;
  // Work to do instead of serving, such as formatting; nothing: serve. It prints what it did. May be empty.
  std::function<std::optional<Status>(const Context&)> instead;
  // Makes the service and lets it serve. An error is told in one line and ends the process with exit code 1.
  std::function<Result<std::unique_ptr<Service>>(const Context&)> start;
};

// The main function of a daemon: command line, configuration, log, background, pid and ports files, signals. The result is
// the exit code: 0 after an orderly end, 1 when it could not start or had to end. SIGTERM and SIGINT stop it in order, a
// second one at once. REQUIRES: the process has one thread.
int Run(const Program& program, int argc, const char* const* argv);

}  // namespace mrd::daemon
