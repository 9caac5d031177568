#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/net/stream.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::tasktracker {

// What pages show of one attempt.
struct AttemptView {
  std::string job_id;
  mapred::proto::TaskKindProto kind = mapred::proto::MAP;
  mapred::proto::AttemptStatusProto status;
  std::uint64_t memory_limit_bytes = 0;  // 0: none
  std::uint32_t maps_missing = 0;        // of a reduce: whose segments it does not have yet
};

struct JobView {
  std::string job_id;
  std::string name;
  std::string user;
  std::int64_t zygote_process = 0;  // 0: none
  std::uint64_t attempts = 0;       // that are here now
  std::uint64_t outputs_kept = 0;   // of maps
  std::uint64_t output_bytes = 0;
};

struct ShuffleView {
  std::uint64_t connections = 0;  // that others have to this tracker
  std::uint64_t served_outputs = 0;
  std::uint64_t served_bytes = 0;
  std::uint64_t refused = 0;
  std::uint64_t fetched_outputs = 0;
  std::uint64_t fetched_bytes = 0;
  std::uint64_t linked_bytes = 0;  // not copied: files of other trackers on this host
  std::uint64_t fetch_failures = 0;
  std::uint64_t fetch_damaged = 0;
  std::uint64_t fetch_waiting = 0;
};

// The tracker at one moment.
struct TrackerView {
  std::string name;
  std::string host;
  std::uint16_t shuffle_port = 0;
  std::uint32_t map_slots = 0;
  std::uint32_t reduce_slots = 0;
  std::uint64_t memory_bytes = 0;  // for attempts; 0: not bounded
  std::string memory_watch;        // how the limits of attempts are kept, for people
  std::uint64_t start_ms = 0;
  std::string jobtracker;          // host:port
  std::string waiting_for;         // why the jobtracker does not know it; "" when it does
  std::uint64_t epoch = 0;         // of the jobtracker
  std::uint64_t free_disk_bytes = 0;
  std::vector<std::string> troubles;
  std::uint64_t attempts_total = 0;  // since the start
  std::uint64_t succeeded_total = 0;
  std::uint64_t failed_total = 0;
  std::uint64_t killed_total = 0;
  std::vector<AttemptView> attempts;  // sorted by id
  std::vector<JobView> jobs;          // sorted by id
  ShuffleView shuffle;
};

// What pages are made of. Thread-safe: call from coroutines on any executor.
class Views {
 public:
  virtual ~Views() = default;
  virtual net::awaitable<TrackerView> Snapshot() = 0;
  // Where the files of an attempt's output lie ("stdout", "stderr", ...); "" for text that is no attempt's id. The
  // directory need not exist.
  virtual std::string LogDir(const std::string& attempt_id) const = 0;
  // Who owns the job, as far as this tracker knows: "" for one that it has forgotten.
  virtual net::awaitable<std::string> OwnerOf(std::string job_id) = 0;
};

}  // namespace mrd::tasktracker
