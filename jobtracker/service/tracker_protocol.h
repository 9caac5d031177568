#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/rpc/peer_proof.h"
#include "common/rpc/server.h"
#include "jobtracker/service/dispatcher.h"
#include "jobtracker/service/order_convert.h"

namespace mrd::jobtracker {

inline constexpr const char* kTrackerProtocol = "mrd.TrackerProtocol";

struct TrackerProtocolOptions {
  std::uint64_t heartbeat_ms = 1'000;
  // What a tracker must be like to take part.
  std::string version;
  std::uint32_t abi_version = 0;
  std::string architecture;
  // OK, or why the host may have no tracker.
  std::function<Status(const std::string& host, const std::string& ip)> admit;
  // Set: only callers are answered that have proven on their connection that they hold the secret.
  std::optional<rpc::PeerProof> proof;
};

// "mrd.TrackerProtocol" (proto/mr/trackers.proto): register, await, report. An `await` stands until there are orders that
// may leave, its time is over, or the same tracker's next one comes.
// Threads: the core's.
class TrackerProtocol final : public rpc::Service {
 public:
  // `dispatcher` must outlive it.
  TrackerProtocol(Dispatcher& dispatcher, Logger log, TrackerProtocolOptions options);

  std::vector<std::string> protocols() const override { return {kTrackerProtocol}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  std::optional<Result<std::string>> AnswerStranger(const rpc::Call& call) const;
  Status Fits(const mapred::proto::TrackerProto& tracker, const std::string& ip) const;
  net::awaitable<Result<std::string>> Register(const rpc::Call& call);
  net::awaitable<Result<std::string>> Await(const rpc::Call& call);
  net::awaitable<Result<std::string>> Report(const rpc::Call& call);
  bool WriteOrders(const TakenOrders& taken, mapred::proto::AwaitResponseProto* response) const;

  Dispatcher& dispatcher_;
  const Logger log_;
  const TrackerProtocolOptions options_;
  const OrderWriter writer_;
  std::map<std::string, std::uint64_t> awaits_;  // by tracker, the number of its newest await
  std::uint64_t last_await_ = 0;
};

}  // namespace mrd::jobtracker
