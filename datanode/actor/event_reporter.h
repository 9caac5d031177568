#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/net/event.h"
#include "common/net/runtime.h"
#include "datanode/actor/actor_context.h"
#include "datanode/actor/namenode_link.h"
#include "datanode/transfer/block_events.h"

namespace mrd::datanode {

// Which registration goes with a call.
struct RegistrationTicket {
  std::string datanode_uuid;
  std::uint64_t epoch = 0;
};

// Tells the namenode what happens to replicas, in the order in which it happens: received ones at once, with all that
// waits; others with the next call or heartbeat. While one call is under way events gather for the next, so a busy node
// makes few calls. Events stay queued until a call that carried them succeeded.
// Threads: BlockEvents' calls from any; the rest on the actor's executor.
class EventReporter final : public BlockEvents {
 public:
  EventReporter(net::Runtime& runtime, ProtoCaller& namenode, Logger log, const ActorOptions& options);

  // --- BlockEvents.
  void Receiving(const dfs::Block& block, const std::string& storage_id) override;
  net::awaitable<void> Received(dfs::Block block, std::string storage_id, std::string delete_hint) override;
  void Deleted(const dfs::Block& block, const std::string& storage_id) override;
  void Corrupt(const dfs::ExtendedBlock& block, const std::string& storage_id) override;

  // Begins to send in the background, on the calling coroutine's executor.
  net::awaitable<void> Start();
  net::awaitable<void> Stop();
  // From now on calls go under this registration.
  void Registered(RegistrationTicket ticket);
  // Until the next Registered() nothing is sent and nobody waits.
  void Unregistered();
  // Sends what waits, soon.
  void Flush();
  // Whether the namenode has refused the registration since Registered().
  bool refused() const;
  std::size_t waiting() const;

 private:
  struct Entry {
    enum class Kind { kReceiving, kReceived, kDeleted, kCorrupt };
    Kind kind = Kind::kReceiving;
    dfs::ExtendedBlock block;  // the pool of corrupt ones only
    std::string storage_id;
    std::string delete_hint;
    std::shared_ptr<net::Event> told;  // set when a call that carried it ended, however
  };

  std::shared_ptr<net::Event> Add(Entry entry, bool wake);
  net::awaitable<void> SendLoop();
  net::awaitable<void> Pause(std::chrono::milliseconds time);
  net::awaitable<Status> Send(const std::vector<Entry>& batch);
  static void LetGo(const std::vector<Entry>& batch);

  net::Runtime& runtime_;
  ProtoCaller& namenode_;
  const Logger log_;
  const ActorOptions& options_;
  net::Event wake_;
  net::Event stopped_;

  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::deque<Entry> queue_;
  RegistrationTicket ticket_;
  bool registered_ = false;
  bool refused_ = false;
  bool failing_ = false;  // the last call failed
  bool started_ = false;
  bool stopping_ = false;
};

}  // namespace mrd::datanode
