#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/secret.h"
#include "common/net/runtime.h"
#include "common/rpc/proto_caller.h"
#include "proto/mr/jobs.pb.h"
#include "proto/mr/trackers.pb.h"

namespace mrd::test {

namespace proto = mapred::proto;

// One protocol of a jobtracker, for a caller that blocks.
class Peer {
 public:
  Peer(std::uint16_t port, const char* protocol, std::string user, std::optional<Secret> secret = std::nullopt);
  ~Peer();

  template <typename Response>
  Result<Response> Call(std::string method, const google::protobuf::MessageLite& request,
                        std::chrono::milliseconds timeout = std::chrono::milliseconds(30'000)) {
    Response response;
    const Status status = CallAny(std::move(method), request, response, timeout);
    if (!status.ok()) return status;
    return response;
  }

 private:
  Status CallAny(std::string method, const google::protobuf::MessageLite& request,
                 google::protobuf::MessageLite& response, std::chrono::milliseconds timeout);

  net::Runtime runtime_;
  std::optional<rpc::ProtoCaller> caller_;
};

// A client of a jobtracker.
class JobPeer {
 public:
  JobPeer(std::uint16_t port, std::string user) : user_(user), peer_(port, "mrd.JobProtocol", std::move(user)) {}

  // A job of that many maps and reduces whose splits name no hosts.
  proto::SubmitJobRequestProto MakeJob(std::uint32_t maps, std::uint32_t reduces,
                                       const std::vector<std::pair<std::string, std::string>>& config = {});
  Result<proto::JobStatusProto> Submit(const proto::SubmitJobRequestProto& job);
  Result<proto::JobStatusProto> Status(const std::string& job, std::uint64_t seen = 0, std::uint64_t wait_ms = 0);
  Result<proto::GetJobResultResponseProto> ResultOf(const std::string& job);
  Peer& peer() { return peer_; }

 private:
  const std::string user_;
  Peer peer_;
};

// A tracker that runs nothing: it answers orders as one whose attempts all succeed at once, unless told otherwise.
class FakeTracker {
 public:
  FakeTracker(std::uint16_t port, std::string name, std::uint32_t maps, std::uint32_t reduces,
              std::optional<Secret> secret = std::nullopt);

  // What a tracker says of itself; may be changed before Register().
  proto::TrackerProto self;
  // What a launched attempt does: its state at the end. Nothing: it goes on running.
  std::function<std::optional<proto::AttemptStateProto>(const proto::OrderProto::Launch&)> behaviour;
  // Whether an attempt that has leave to publish says that it has done so.
  bool finish_granted = true;

  // Connects anew, for a jobtracker that was started again.
  void Reconnect(std::uint16_t port);
  Status Register();
  // One await, and what follows from it. kFailedPrecondition when it has to register.
  Status Step(std::uint64_t wait_ms);
  // Steps until the condition holds; false after half a minute.
  bool RunUntil(const std::function<bool()>& condition);

  const std::vector<std::string>& launched() const { return launched_; }
  const std::vector<std::pair<std::string, std::uint64_t>>& grants() const { return grants_; }
  const std::set<std::string>& running() const { return running_; }
  const std::set<std::string>& forgotten() const { return forgotten_; }
  std::uint64_t epoch() const { return epoch_; }

 private:
  void Obey(const proto::OrderProto& order, proto::ReportRequestProto* report);
  void Tell(const std::string& attempt, proto::AttemptStateProto state, proto::ReportRequestProto* report);

  const std::optional<Secret> secret_;
  std::optional<Peer> peer_;
  std::uint64_t epoch_ = 0;
  std::uint64_t have_ = 0;
  std::vector<std::string> launched_;
  std::vector<std::pair<std::string, std::uint64_t>> grants_;  // attempt and token
  std::set<std::string> running_;
  std::set<std::string> pending_;  // of these, those that wait for leave to publish
  std::set<std::string> kept_;     // finished maps
  std::set<std::string> forgotten_;
};

}  // namespace mrd::test
