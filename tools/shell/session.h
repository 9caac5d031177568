#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "tools/shell/console.h"
#include "tools/shell/settings.h"

namespace mrd::shell {

// What every command works with. The owner keeps all of it alive while a shell runs.
struct Surroundings {
  Console& console;
  fs::Registry& file_systems;
  Clock& clock;
  const Settings& settings;
};

// One run of one command: what it prints and how it ends. Results are kept back until some have gathered, so that a long
// listing is few writes; errors come after what was printed before them.
//
// Thread-safe, since copying commands report from several threads.
class Session {
 public:
  // `name` stands before errors: "ls: ...".
  Session(const Surroundings& around, std::string name) : around_(around), name_(std::move(name)) {}
  ~Session() { Flush(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& name() const { return name_; }
  Console& console() const { return around_.console; }
  fs::Registry& file_systems() const { return around_.file_systems; }
  Clock& clock() const { return around_.clock; }
  const Settings& settings() const { return around_.settings; }

  // To stdout.
  void Print(std::string_view text);
  void PrintLine(std::string_view line);
  void Flush();
  // The first line of the message to stderr; the exit status will be 1, or 130 after an interrupt.
  void Fail(const Status& status);
  // The same from a call that may have gone well.
  void FailUnlessOk(const Status& status) {
    if (!status.ok()) Fail(status);
  }
  void Warn(std::string_view message);            // "name: message", no error
  void Log(std::string_view component, std::string_view message);  // as Hadoop's log prints it: with the time
  // A line on the terminal that the next one replaces; "" takes it away.
  void ShowTransient(std::string line);

  // An exit status without a message, as -test has it.
  void SetExitStatus(int status);
  int exit_status() const;
  bool failed() const { return exit_status() != 0; }
  bool interrupted() const;
  // False when nobody reads what is printed.
  bool has_reader() const;

 private:
  void FlushLocked();
  void ErrLocked(std::string_view text);

  const Surroundings around_;
  const std::string name_;

  mutable std::mutex mutex_;  // guards what follows
  std::string pending_;
  std::string transient_;
  int exit_status_ = 0;
  bool has_reader_ = true;
};

}  // namespace mrd::shell
