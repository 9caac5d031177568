#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/rpc/peer_proof.h"
#include "common/rpc/server.h"
#include "proto/mr/trackers.pb.h"

namespace mrd::tasktracker {

// A port of the loopback that stays this test's while nobody listens on it: to whom it was given up, the kernel gives it to
// the next one who asks, often another test.
class HeldPort {
 public:
  HeldPort();
  std::uint16_t number() const { return number_; }

 private:
  UniqueFd socket_;  // bound and not listening, so that a listener may bind the same
  std::uint16_t number_ = 0;
};

// A jobtracker that gives the orders that a test wants and records what trackers say. Thread-safe.
class FakeJobtracker final : public rpc::Service {
 public:
  using Order = mapred::proto::OrderProto;
  using AttemptStatus = mapred::proto::AttemptStatusProto;

  FakeJobtracker(net::Runtime& runtime, const HeldPort& port, std::uint64_t epoch, std::optional<Secret> secret);
  ~FakeJobtracker() override;

  // For the tracker of this name; numbered here.
  void Give(const std::string& tracker, Order order);
  void Repeat(const std::string& tracker);  // all orders once more, with new numbers
  void ForgetTrackers();                    // as one that was declared lost

  int registrations() const;
  std::optional<mapred::proto::RegisterRequestProto> LastRegistration(const std::string& tracker) const;
  std::optional<AttemptStatus> StatusOf(const std::string& attempt) const;  // the latest one told
  int TimesEnded(const std::string& attempt) const;                   // reports that called it succeeded
  std::vector<mapred::proto::FetchFailureProto> fetch_failures() const;
  std::vector<std::string> troubles() const;  // of the last report

  std::vector<std::string> protocols() const override { return {"mrd.TrackerProtocol"}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  Result<std::string> Register(std::string_view request);
  Result<std::string> Report(std::string_view request);
  std::optional<std::string> Orders(std::string_view request);  // nothing: there are none yet

  net::Runtime& runtime_;
  const std::uint64_t epoch_;
  std::optional<rpc::PeerProof> proof_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<rpc::Server> server_;
  mutable std::mutex mutex_;
  // Guarded by the mutex.
  bool stopping_ = false;
  std::map<std::string, mapred::proto::RegisterRequestProto> trackers_;
  std::map<std::string, std::vector<Order>> orders_;
  std::map<std::string, AttemptStatus> statuses_;
  std::map<std::string, int> ended_;
  std::vector<mapred::proto::FetchFailureProto> fetch_failures_;
  std::vector<std::string> troubles_;
  std::uint64_t sequence_ = 0;
  int registrations_ = 0;
};

}  // namespace mrd::tasktracker
