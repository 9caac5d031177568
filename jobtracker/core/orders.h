#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "jobtracker/core/types.h"

// What trackers shall do (proto/mr/trackers.proto, OrderProto). The caller adds spec and split, which it keeps.
namespace mrd::jobtracker {

struct LaunchOrder {
  AttemptName attempt;             // a kCommit attempt also needs Core::WorkOfCommit
  std::uint64_t memory = 0;
  bool spec_whole = true;          // the first order of the job to this life of the tracker
  bool speculative = false;
  std::vector<std::uint64_t> left_out{};  // records, of a reduce groups, by number, ascending
};

struct KillOrder {
  AttemptName attempt;
  std::string reason;
  bool as_failure = false;
};

// The job is over: what the tracker keeps of it goes. Attempts of it that still run are killed and reported as such; till
// then their slots are taken.
struct ForgetOrder {
  std::string job;
};

struct MapOutput {
  std::uint32_t map = 0;
  AttemptName attempt;
  std::string tracker;
  std::string host;
  std::uint16_t shuffle_port = 0;
  bool withdrawn = false;          // lost: another attempt will follow
  bool absent = false;             // given up within the percentage that may fail: counts as done, and empty
};
struct MapOutputsOrder {
  std::string job;
  std::vector<MapOutput> outputs;
};

// The answer to AttemptState::kCommitPending.
struct CommitOrder {
  AttemptName attempt;
  bool granted = false;
  std::uint64_t token = 0;               // of the grant in the journal
  std::string reason;                    // not granted: why
  std::vector<AttemptName> superseded;   // attempts that had the grant before and may have published already
};

struct LeaveOrder {
  std::string reason;
};

using OrderBody = std::variant<LaunchOrder, KillOrder, ForgetOrder, MapOutputsOrder, CommitOrder, LeaveOrder>;

struct Order {
  std::uint64_t sequence = 0;  // rises by one within a life of the jobtracker
  OrderBody body;
};

}  // namespace mrd::jobtracker
