#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/net/event.h"
#include "common/net/runtime.h"
#include "datanode/actor/actor_context.h"
#include "datanode/actor/commands.h"
#include "datanode/actor/event_reporter.h"
#include "datanode/actor/namenode_link.h"
#include "datanode/transfer/transfer_context.h"

namespace mrd::datanode {

// The datanode's dealings with its namenode: registers, reports all replicas, sends heartbeats, carries out what their
// answers order; and from the start again after a restart of the namenode. It never gives up: while the namenode cannot be
// reached, or refuses this node, it goes on asking and logs why it waits.
// Threads: made and stopped anywhere, runs on one strand; Trigger…() from any.
class Actor {
 public:
  // `events` is the one in `context`. All references must outlive it.
  Actor(TransferContext& context, EventReporter& events, ProtoCaller& namenode, const ActorOptions& options);

  // Begins in the background, on the calling coroutine's executor.
  net::awaitable<void> Start();
  net::awaitable<void> Stop();

  // A full report with the next heartbeat, which is sent at once; or only what waits to be told.
  void TriggerReport(bool incremental);
  bool registered() const { return registered_; }
  // Why this node is not registered: what it waits for. "" when it is.
  std::string waiting_for() const;

 private:
  net::awaitable<void> Run();
  net::awaitable<void> Register();
  net::awaitable<Status> TryRegister(bool* again);
  net::awaitable<Status> Beat();
  net::awaitable<Status> ReportAll();
  net::awaitable<Status> ReportStorage(std::string storage_id, std::uint64_t report_id);
  net::awaitable<void> CheckDisks();
  net::awaitable<void> Pause(std::chrono::milliseconds time);
  void WaitFor(const Status& why);
  void TakeCommands(const google::protobuf::RepeatedPtrField<dfs::proto::CommandProto>& commands);

  TransferContext& context_;
  EventReporter& events_;
  ProtoCaller& namenode_;
  const ActorOptions& options_;
  Commands commands_;
  boost::asio::any_io_executor executor_;
  net::Event ended_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> registered_{false};
  std::atomic<bool> report_wanted_{false};
  std::atomic<bool> beat_wanted_{false};

  mutable std::mutex mutex_;
  std::string waiting_for_ = "the first answer of the namenode";  // guarded by the mutex

  // Owned by the strand.
  RegistrationTicket ticket_;
  std::chrono::milliseconds heartbeat_interval_{3'000};
  std::chrono::milliseconds block_report_interval_{21'600'000};
  std::uint64_t report_id_ = 0;
  std::int64_t last_report_ns_ = 0;
  std::int64_t last_disk_check_ns_ = 0;
  bool started_ = false;
};

}  // namespace mrd::datanode
