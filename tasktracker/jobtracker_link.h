#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "common/net/event.h"
#include "common/rpc/proto_caller.h"
#include "proto/mr/trackers.pb.h"
#include "tasktracker/context.h"

namespace mrd::tasktracker {

inline constexpr const char* kTrackerProtocol = "mrd.TrackerProtocol";

// What the link asks of the one whom it serves, on the tracker's strand.
class LinkOwner {
 public:
  virtual void FillRegistration(mapred::proto::RegisterRequestProto* request) = 0;
  virtual void Registered(const mapred::proto::RegisterResponseProto& response) = 0;
  virtual void TakeOrder(const mapred::proto::OrderProto& order) = 0;
  // Everything that is to be told; then either Reported(), when the jobtracker has it, or NotReported().
  virtual void FillReport(mapred::proto::ReportRequestProto* request) = 0;
  virtual void Reported() = 0;
  virtual void NotReported() = 0;

 protected:
  ~LinkOwner() = default;
};

// The tracker's dealings with its jobtracker (proto/mr/trackers.proto): registers, waits for orders, reports; and from
// the start again when the jobtracker says so or was started again. It never gives up: while the jobtracker cannot be
// reached, or refuses this tracker, it goes on asking and logs why it waits. Threads: everything on the tracker's
// strand, but waiting_for().
class JobtrackerLink {
 public:
  // All references must outlive it.
  JobtrackerLink(Context& context, net::Connector& connector, std::string tracker, LinkOwner& owner);

  void Start();
  // Ends the calls under way. With `last`, there is one more report, if the jobtracker takes it soon.
  net::awaitable<void> Stop(bool last);

  // There is something to report that is waited for. Calls within one turn of the strand are reported together.
  void Hurry();

  bool registered() const { return registered_; }
  std::uint64_t epoch() const { return epoch_; }
  // When the last call began that the jobtracker answered; it has heard of this tracker since.
  std::int64_t told_ns() const { return told_ns_; }
  // Why it is not registered; "" when it is. From any thread.
  std::string waiting_for() const;

 private:
  net::awaitable<void> Run();
  net::awaitable<void> Register();
  net::awaitable<void> Await(std::uint64_t life);
  net::awaitable<void> Report(std::uint64_t life);
  net::awaitable<Status> ReportOnce(std::uint64_t life, std::chrono::milliseconds timeout);
  net::awaitable<void> Pause(std::chrono::milliseconds time);
  void MustRegister(std::uint64_t life);
  void WaitFor(const Status& why);

  Context& context_;
  const std::string tracker_;
  LinkOwner& owner_;
  rpc::ProtoCaller caller_;
  boost::asio::steady_timer report_timer_;
  net::Event broken_;  // this registration holds no longer
  net::Gate gate_;
  std::uint64_t life_ = 0;  // counts registrations
  std::uint64_t epoch_ = 0;
  std::uint64_t have_ = 0;  // the last order received
  std::int64_t told_ns_ = 0;
  std::chrono::milliseconds heartbeat_{1'000};
  bool registered_ = false;
  bool stopping_ = false;
  bool hurry_ = false;

  mutable std::mutex mutex_;
  std::string waiting_for_ = "the first answer of the jobtracker";  // guarded by the mutex
};

}  // namespace mrd::tasktracker
