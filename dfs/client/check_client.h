#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/status.h"
#include "dfs/check.h"

namespace mrd::dfs::client {

// Blocking calls of mr.AdministrationProtocol on one namenode, and of mr.DiagnosisProtocol on datanodes: what fsck and
// doctor ask. A namenode that is not ours answers kUnimplemented or an exception that names the protocol.
// Use it from one thread.
class CheckClient {
 public:
  // How long and how often is tried to reach a server; doctor wants to know soon.
  struct Patience {
    std::chrono::milliseconds connect{20'000};
    std::chrono::milliseconds call{120'000};
    int attempts = 11;
    std::chrono::milliseconds pause{1'000};
  };
  // As the configuration says (ipc.client.*).
  static Result<Patience> PatienceOf(const Config& config);

  // `authority` is "host" or "host:port" of the namenode's RPC server. Connects with the first call.
  static Result<std::unique_ptr<CheckClient>> Make(const std::string& authority, const Config& config, Patience patience);
  virtual ~CheckClient() = default;

  virtual std::string address() const = 0;  // "host:port" of the namenode
  virtual std::string user() const = 0;     // as whom it asks

  virtual Result<CheckPage> CheckFiles(const CheckRequest& request) = 0;
  virtual Result<BlockCheck> CheckBlock(BlockId id) = 0;
  // All of them, page by page.
  virtual Result<std::vector<LostBlock>> ListLostBlocks(const std::string& path) = 0;
  virtual Result<Examination> Examine(const ExamineRequest& request) = 0;
  // Of the datanode's own RPC port.
  virtual Result<DatanodeFacts> Diagnose(const std::string& host, std::uint16_t port) = 0;
  // OK when something accepts a connection there.
  virtual Status Reach(const std::string& host, std::uint16_t port) = 0;
};

}  // namespace mrd::dfs::client
