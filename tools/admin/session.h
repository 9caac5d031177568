#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"
#include "common/fs/path.h"
#include "tools/admin/datanode.h"
#include "tools/admin/namenode.h"
#include "tools/shell/console.h"

namespace mrd::admin {

using Words = std::vector<std::string>;

// What a command works with: where it prints, and the daemons it asks, which are connected to when they are first
// asked. The owner keeps console and configuration alive.
class Session {
 public:
  // `name` stands before errors.
  Session(shell::Console& console, const Config& config, std::string name)
      : console_(console), config_(config), name_(std::move(name)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Print(std::string_view text) { console_.Out(text); }
  void PrintLine(std::string_view line) { console_.Out(std::string(line) + "\n"); }
  // "name: first line of the message" on stderr; the command will have failed.
  void Fail(const Status& status);
  bool failed() const { return failed_; }
  const Config& config() const { return config_; }

  // The namenode of the default file system.
  Result<Namenode*> DefaultNamenode();

  // A path as a user writes it: absolute, relative to the user's home, or with the URI of another namenode.
  struct Place {
    Namenode* namenode = nullptr;
    std::string path;
  };
  Result<Place> Resolve(const std::string& text);

  // The datanode whose RPC port is at "host:port".
  Result<std::unique_ptr<Datanode>> DatanodeAt(const std::string& address) const;

 private:
  Result<Namenode*> NamenodeAt(const std::string& authority);

  shell::Console& console_;
  const Config& config_;
  const std::string name_;
  bool failed_ = false;
  std::map<std::string, std::unique_ptr<Namenode>> namenodes_;  // by authority
};

// The namenode that the configuration names: "host:port" of fs.defaultFS. Fails when that is another kind of file
// system.
Result<std::string> DefaultAuthority(const Config& config);

}  // namespace mrd::admin
