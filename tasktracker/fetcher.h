#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/rpc/peer_proof.h"
#include "tasktracker/context.h"
#include "tasktracker/map_outputs.h"

namespace mrd::tasktracker {

// A reduce's part of the output of one map, wanted from another tracker. Shared by the one who wants it, who may give
// it up, and the fetcher.
struct Want {
  std::string job_id;
  std::string map_attempt;
  std::string reduce_attempt;
  std::uint32_t map = 0;
  std::uint32_t reduce = 0;
  std::atomic<bool> given_up{false};
  // Exactly one call, or none after it was given up, on the tracker's strand. `segments` lie in files of this tracker.
  std::function<void(std::vector<OutputSegment> segments)> fetched;
  // Could not be had so far; told again from time to time while it is still wanted. On the tracker's strand.
  std::function<void(const std::string& reason, bool damaged)> failed;
  // There is no local directory to put it in; nothing more follows. On the tracker's strand.
  std::function<void(const Status& why)> no_room;

  int damaged_count = 0;       // the fetcher's own
  std::int64_t not_before_ns = 0;
};

// Fetches map output from other trackers: one connection to each, on which several outputs are asked for at once, those
// of different jobs in turn. Each block's checksum is verified on arrival; what was fetched lies in files below the
// jobs' local directories, one for each reduce and tracker at a time. Files of a tracker on this host are linked where that
// can be, not copied. A tracker that cannot be reached is tried again
// after pauses that grow, and told as a failure each time several tries came to nothing. Threads: Fetch() on the
// tracker's strand; each connection has a strand of its own.
class Fetcher {
 public:
  struct Counters {
    std::atomic<std::uint64_t> outputs_total{0};
    std::atomic<std::uint64_t> bytes_total{0};
    std::atomic<std::uint64_t> linked_bytes_total{0};  // of files of other trackers on this host
    std::atomic<std::uint64_t> failures_total{0};
    std::atomic<std::uint64_t> damaged_total{0};
    std::atomic<std::uint64_t> waiting{0};
  };

  Fetcher(Context& context, net::Connector& connector, std::string tracker);
  ~Fetcher();

  void Fetch(const std::string& host, std::uint16_t port, std::shared_ptr<Want> want);
  // Ends all connections; what is wanted is not had.
  net::awaitable<void> Stop();
  const Counters& counters() const { return counters_; }

 private:
  class Remote;
  void StartOne(const std::shared_ptr<Remote>& remote);
  void Ended(const std::shared_ptr<Remote>& remote);

  Context& context_;
  net::Connector& connector_;
  const std::string tracker_;
  std::optional<rpc::PeerProof> proof_;
  Counters counters_;
  net::Gate gate_;
  std::atomic<bool> stopping_{false};
  // Owned by the strand.
  std::map<std::string, std::shared_ptr<Remote>> remotes_;  // by "host:port"
  std::deque<std::shared_ptr<Remote>> waiting_;             // for others to end
  std::size_t running_ = 0;
};

}  // namespace mrd::tasktracker
