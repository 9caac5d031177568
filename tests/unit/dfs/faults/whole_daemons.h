#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/fs/file_system.h"
#include "datanode/server.h"
#include "namenode/server.h"
#include "tests/support/temporary_dir.h"

namespace mrd::dfs {

// Real daemons in the process of a test, each on an Env of the test's choice, with a client; loopback sockets. Short waits
// everywhere: what fails must fail soon.
class WholeNamenode {
 public:
  // The directories are formatted, on a disk that works.
  WholeNamenode();
  ~WholeNamenode() { (void)End(); }

  Status Start(Env& env);
  // In order; the error if it was not.
  Status End();
  bool running() const { return server_ != nullptr; }
  std::uint16_t port() const { return server_->rpc_port(); }
  // Why it wanted to end; "" while it did not.
  std::string fatal() const { return *fatal_; }

 private:
  test::TemporaryDir dir_;
  KeyRegistry keys_;
  Config config_;
  Log log_{LogLevel::kOff};
  std::shared_ptr<std::string> fatal_ = std::make_shared<std::string>();
  std::unique_ptr<namenode::Server> server_;
};

// A datanode that keeps its directory over its lives.
class WholeDatanode {
 public:
  explicit WholeDatanode(std::uint16_t namenode_port);
  ~WholeDatanode() { End(); }

  Status Start(Env& env);
  void End();
  // Waits; false when it is not within `seconds`.
  bool Registered(int seconds);

 private:
  test::TemporaryDir dir_;
  KeyRegistry keys_;
  Config config_;
  Log log_{LogLevel::kOff};
  std::unique_ptr<datanode::Server> server_;
};

// A client without patience.
class Client {
 public:
  explicit Client(std::uint16_t namenode_port);
  fs::FileSystem& fs() { return *fs_; }
  // Ends the lease of a writer that is gone, and waits until the file is closed, for `seconds` at most.
  Status RecoverLease(const std::string& path, int seconds);

  // Every path below the root, directories with a slash at their end.
  Result<std::vector<std::string>> Tree();
  // The first `size` bytes of a file, or as many as there are.
  Result<std::string> Read(const std::string& path, std::size_t size);

 private:
  const std::string authority_;
  KeyRegistry keys_;
  Config config_;
  std::shared_ptr<fs::FileSystem> fs_;
};

fs::Path At(const std::string& path);

}  // namespace mrd::dfs
