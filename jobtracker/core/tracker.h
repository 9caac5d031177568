#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jobtracker/core/job.h"
#include "jobtracker/core/order_queue.h"
#include "jobtracker/core/places.h"
#include "jobtracker/core/types.h"

namespace mrd::jobtracker {

// What a tracker knows of a job.
struct JobOnTracker {
  std::uint64_t spec_order = 0;        // sequence of the launch that carries the spec; 0: none was handed out yet
  bool follows = false;                // it runs, or ran, reduces: hears of map output
  std::size_t told = 0;                // outputs that were ordered up to here
  std::vector<std::uint32_t> outputs;  // maps whose output it got; some may be void since
};

// A tracker as far as the core decides. Never removed while the process lives, so that pointers to it stay good.
struct Tracker {
  Tracker(TrackerInfo info_, std::uint32_t id_, std::uint64_t first_sequence)
      : info(std::move(info_)), id(id_), orders(first_sequence) {}

  TrackerInfo info;
  std::uint32_t id;          // by age
  std::uint32_t host = kNoPlace;
  std::uint32_t rack = kNoPlace;

  bool registered = false;   // in this life of the jobtracker, and not lost since
  bool lost = false;
  bool excluded = false;
  bool left = false;         // was told to leave
  bool usable = false;       // registered, not excluded, not blacklisted: as the scheduler's sets have it
  std::int64_t blacklisted_until = 0;  // monotonic
  std::int64_t last_contact = 0;       // monotonic
  std::int64_t last_report_wall = 0;
  std::vector<std::pair<std::int64_t, std::string>> faults;  // when and by which job
  std::uint64_t failures = 0;
  std::uint64_t free_disk = 0;
  std::vector<std::string> troubles;

  std::array<std::uint32_t, kSlotKinds> used{};
  std::array<std::int64_t, kSlotKinds> free_load{-1, -1, -1};  // its key in State::free; -1: not there
  std::uint64_t used_memory = 0;
  std::map<std::uint64_t, AttemptRef> running;  // by launch
  std::map<std::uint64_t, JobOnTracker> jobs;   // by Job::order
  std::set<std::string> kills;                  // attempts unknown here that it was told to kill
  OrderQueue orders;

  std::uint32_t Slots(SlotKind kind) const {
    switch (kind) {
      case SlotKind::kMap: return info.map_slots;
      case SlotKind::kReduce: return info.reduce_slots;
      case SlotKind::kEnd: return 1;
    }
    return 0;
  }
  bool HasFree(SlotKind kind) const { return usable && used[Index(kind)] < Slots(kind); }
  bool FitsEver(std::uint64_t memory) const { return info.memory == 0 || memory <= info.memory; }
  bool FitsNow(std::uint64_t memory) const { return info.memory == 0 || memory + used_memory <= info.memory; }
};

}  // namespace mrd::jobtracker
