#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::test {

namespace proto = mapred::proto;

// The cluster that invented jobs run on.
inline constexpr std::uint64_t kEpoch = 1709633520000;
inline constexpr std::size_t kTrackers = 5;
inline constexpr std::size_t kMapSlots = 3;
inline constexpr std::size_t kReduceSlots = 2;

inline std::string TrackerName(std::size_t i) { return "tracker_worker" + std::to_string(i + 1) + ".example:50060"; }
inline std::string TrackerHost(std::size_t i) { return "worker" + std::to_string(i + 1) + ".example"; }

// An attempt as it will have been.
struct PlannedAttempt {
  std::size_t tracker = 0;
  std::uint64_t start_ms = 0;
  std::uint64_t end_ms = 0;
  bool fails = false;
  bool speculative = false;
  std::string locality;
};

struct PlannedTask {
  proto::TaskKindProto kind = proto::MAP;
  std::vector<PlannedAttempt> attempts;
};

// A job that nobody runs, with all that will have happened to it.
struct InventedJob {
  proto::JobSpecProto spec;
  std::uint64_t submit_ms = 0;
  std::uint64_t end_ms = 0;          // as planned
  proto::JobStateProto ends_as = proto::JOB_SUCCEEDED;
  bool held = false;                 // never begins
  std::string failure;
  std::optional<std::uint64_t> killed_ms;
  std::vector<PlannedTask> tasks;
  std::uint32_t maps = 0;
  std::uint32_t reduces = 0;

  std::uint64_t Now(std::uint64_t now) const { return killed_ms ? std::min(now, *killed_ms) : now; }
  void Plan(Random& random, std::uint64_t map_ms, std::uint64_t reduce_ms, bool failing);
  proto::TaskReportProto Report(std::size_t index, std::uint64_t now) const;
  proto::LedgerProto Ledger(double done) const;
  proto::CountersProto Counters(double done) const;
};

// Why an attempt failed, with all that a failure can tell.
proto::FailureProto InventedFailure(bool crash);

}  // namespace mrd::test
