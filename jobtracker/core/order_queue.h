#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "jobtracker/core/orders.h"

namespace mrd::jobtracker {

// A part of a job's list of outputs; becomes a MapOutputsOrder when it is taken, so that news that wait for many
// trackers are kept once.
struct OutputRange {
  std::string job;
  std::size_t from = 0;
  std::size_t to = 0;
};

// The orders of one tracker, from the first one that it has not acknowledged.
class OrderQueue {
 public:
  using Body = std::variant<LaunchOrder, KillOrder, ForgetOrder, OutputRange, CommitOrder, LeaveOrder>;
  struct Entry {
    std::uint64_t sequence = 0;
    std::uint64_t after = 0;  // number of the record that it rests on
    Body body;
  };

  // Sequences rise from above `first`, so that those of an earlier life are never taken for these.
  explicit OrderQueue(std::uint64_t first) : last_(first) {}

  void Push(std::uint64_t after, Body body) { entries_.push_back({++last_, after, std::move(body)}); }
  // Appends outputs up to `to`; joined with what waits for the same job and was not handed out yet. At most `max` in
  // one.
  void PushOutputs(std::uint64_t after, const std::string& job, std::size_t from, std::size_t to, std::size_t max);
  // Takes back the launch of an attempt that was not handed out yet. False: it was, or there is none.
  bool Revoke(const AttemptName& attempt);
  void Acknowledge(std::uint64_t have);
  // Calls `take` for the oldest `limit` entries that rest on records up to `durable`.
  void Take(std::uint64_t durable, std::size_t limit, const std::function<void(const Entry&)>& take);
  void Clear() { entries_.clear(); }
  bool empty() const { return entries_.empty(); }

 private:
  std::deque<Entry> entries_;
  std::uint64_t last_;
  std::uint64_t given_ = 0;  // highest sequence handed out
};

}  // namespace mrd::jobtracker
