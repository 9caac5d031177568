#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/rpc/retry_cache.h"
#include "namenode/core/core.h"
#include "sim/journal_model.h"
#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/plant.h"
#include "sim/replies.h"

namespace mrd::sim {

// Settings of every run: HDFS's, with minutes made into seconds.
namenode::CoreOptions SimulatedCoreOptions();
inline constexpr std::uint64_t kBlockBytes = 64;
inline constexpr const char* kPool = "BP-sim";
inline constexpr const char* kClientUser = "hdfs";

// A namenode process: the real core, the real retry cache, real journal records on a modelled disk. It does what the
// service around the core does: operations in the order in which they come, answers after the flush. Survives its own
// crashes: the disk is that of the machine.
class NamenodeModel {
 public:
  NamenodeModel(Network& network, Ledger& ledger, Plant plant);

  Endpoint endpoint() const { return endpoint_; }
  bool up() const { return core_ != nullptr; }
  void Start();
  void Crash();
  JournalModel& journal() { return journal_; }
  // The wall clock is set.
  void JumpWallClock(Millis by) { wall_offset_ += by; }

  // REQUIRES: up().
  namenode::Core& core() { return *core_; }
  namenode::CallContext Context(Endpoint caller) const;
  namenode::MonoMs Mono() const { return network_.clock().now() + 1; }

  // A client's call, as it is told apart from others.
  struct Origin {
    const char* operation = "";
    Endpoint caller = 0;
    std::string client_id;
    std::int32_t call_id = -1;
    bool at_most_once = false;
  };
  template <typename Reply>
  using Operation = std::function<Result<Reply>(NamenodeModel&, const namenode::CallContext&)>;

  // A call of a client; runs on the namenode.
  template <typename Reply>
  Task<Result<Reply>> Serve(Origin origin, Operation<Reply> operation);
  // A call of a datanode: its answer waits for every edit made so far.
  template <typename Reply>
  Task<Result<Reply>> ServeDatanode(Endpoint caller, const char* what, Operation<Reply> operation);
  // Answers when everything up to now is durable.
  Task<bool> AllDurable();

  // The tree rebuilt from the journal alone equals the one at work, and so does one from checkpoint and journal. Only
  // when nothing is under way.
  void CheckRebuilt();

 private:
  Status Load(namenode::Core* core, const JournalModel::Found& found, bool checkpoint);
  namenode::TxId Commit(const Origin& origin, std::string reply);
  Task<bool> Durable(namenode::TxId id);
  Task<void> Ticks(std::uint64_t life);
  std::int64_t Wall() const;

  Network& network_;
  Clock& clock_;
  Ledger& ledger_;
  const Plant plant_;
  const Endpoint endpoint_;
  JournalModel journal_;
  Millis wall_offset_ = 0;
  std::unique_ptr<namenode::Core> core_;
  std::unique_ptr<rpc::RetryCache> retries_;
};

template <typename Reply>
Task<Result<Reply>> NamenodeModel::Serve(Origin origin, Operation<Reply> operation) {
  const bool once = origin.at_most_once && plant_ != Plant::kNoRetryCache;
  while (once) {
    std::string kept;
    const rpc::RetryCache::Verdict verdict = retries_->Begin(origin.client_id, origin.call_id, clock_.now(), &kept);
    if (verdict == rpc::RetryCache::Verdict::kNew) break;
    if (verdict == rpc::RetryCache::Verdict::kDone) {
      clock_.Trace("nn", std::string(origin.operation) + " again");
      Result<Reply> answer = DecodeReply<Reply>(kept);
      co_return answer;
    }
    Future<bool> finished(clock_);
    retries_->WhenFinished(origin.client_id, origin.call_id, [finished] { finished.Set(true); });
    co_await finished;
  }
  Result<Reply> reply = operation(*this, Context(origin.caller));
  std::string encoded;
  if (reply.ok()) encoded = EncodeReply(*reply);
  clock_.Trace("nn", std::string(origin.operation) + " of " + network_.name(origin.caller) +
                         (reply.ok() ? " ok" : ": " + reply.status().message()));
  Origin kept_origin = origin;
  if (!reply.ok() || !origin.at_most_once) kept_origin.call_id = -1;
  Commit(kept_origin, encoded);
  // A call that changed nothing may repeat what an earlier one did.
  if (plant_ != Plant::kReplyBeforeFlush) co_await Durable(journal_.last());
  if (once) {
    std::optional<std::string> keep;
    if (reply.ok()) keep = std::move(encoded);
    retries_->Finish(origin.client_id, origin.call_id, clock_.now(), std::move(keep));
  }
  co_return reply;
}

template <typename Reply>
Task<Result<Reply>> NamenodeModel::ServeDatanode(Endpoint caller, const char* what, Operation<Reply> operation) {
  Result<Reply> reply = operation(*this, Context(caller));
  if (!reply.ok()) {
    clock_.Trace("nn", std::string(what) + " of " + network_.name(caller) + ": " + reply.status().message());
  }
  Origin origin;
  origin.operation = what;
  Commit(origin, "");
  co_await Durable(journal_.last());
  co_return reply;
}

}  // namespace mrd::sim
