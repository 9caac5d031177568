#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/rpc/peer_proof.h"
#include "common/rpc/server.h"
#include "namenode/core/core.h"
#include "namenode/service/edit_pipeline.h"
#include "namenode/service/method_table.h"

namespace mrd::namenode {

inline constexpr const char* kDatanodeProtocol = "mrd.DatanodeProtocol";

struct DatanodeProtocolOptions {
  MonoMs heartbeat_interval_ms = 3'000;
  MonoMs block_report_interval_ms = 21'600'000;
  // The rack of a node; "" when nothing says.
  std::function<std::string(const dfs::DatanodeId& id)> rack_of;
  // Set: only callers are answered that have proven on their connection that they hold the secret.
  std::optional<rpc::PeerProof> proof;
  // Called after the last part of a full report of a volume.
  std::function<void()> on_full_report = [] {};
};

// "mrd.DatanodeProtocol" (proto/mr/datanode.proto): what datanodes tell and are ordered. An answer with orders leaves only
// when every edit made so far is durable, so that nothing is deleted on the word of an edit that a crash could undo.
// Threads: the core's.
class DatanodeProtocol final : public rpc::Service {
 public:
  // References must outlive it.
  DatanodeProtocol(Core& core, EditPipeline& edits, Clock& clock, Logger log, DatanodeProtocolOptions options);

  std::vector<std::string> protocols() const override { return {kDatanodeProtocol}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  struct Context {
    std::string peer_ip;
    std::int64_t now_ms = 0;
    MonoMs mono_ms = 0;
  };
  void AddMethods();
  // What is answered to a call before it is looked at: parts of the proof, and refusals of those who have not shown it.
  std::optional<Result<std::string>> AnswerStranger(const rpc::Call& call) const;

  Core& core_;
  EditPipeline& edits_;
  Clock& clock_;
  const Logger log_;
  const DatanodeProtocolOptions options_;
  MethodTable<Context> methods_;
};

}  // namespace mrd::namenode
