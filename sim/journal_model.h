#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "namenode/edits.h"
#include "sim/clock.h"
#include "sim/plant.h"

namespace mrd::sim {

// The namenode's journal and checkpoint on a disk that survives its crashes: real records (namenode/journal) in
// modelled segments. A flush takes time and a crash leaves any sectors of the flush that was under way. The checkpoint
// lags behind.
class JournalModel {
 public:
  JournalModel(Clock& clock, Plant plant) : clock_(clock), plant_(plant) {}

  // What a start of the namenode finds. kCorruption when an acknowledged record is damaged.
  struct Found {
    std::map<std::string, std::string> checkpoint;
    std::vector<namenode::Edit> all;  // of the whole journal
    namenode::TxId applied;           // the checkpoint's last
  };
  Result<Found> Recover();

  // The edits that are on the disk now.
  Result<std::vector<namenode::Edit>> Durable() const;

  namenode::TxId Append(namenode::Edit edit);
  // Not called any more after a crash.
  void WhenDurable(namenode::TxId id, std::function<void()> done);
  namenode::TxId durable() const { return durable_; }
  namenode::TxId last() const { return last_; }
  void Crash();

  // A flush takes up to so long.
  Millis flush_max = 4;

 private:
  struct Segment {
    namenode::TxId first;
    std::string bytes;
  };
  struct Waiter {
    namenode::TxId id;
    std::function<void()> done;
  };
  void Flush();
  void Flushed(std::uint64_t life);
  Status Read(const Segment& segment, std::size_t* good_bytes, std::vector<namenode::Edit>* edits) const;

  Clock& clock_;
  const Plant plant_;
  std::uint64_t life_ = 0;
  // On the disk.
  std::vector<Segment> segments_;
  std::map<std::string, std::string> checkpoint_;
  namenode::TxId applied_;
  // In memory.
  namenode::TxId last_;
  namenode::TxId durable_;
  std::string pending_;
  std::string flushing_;
  namenode::TxId flushing_upto_;
  std::uint32_t batch_ = 0;
  bool busy_ = false;
  std::string lied_about_;  // with Plant::kJournalLies: said to be on the disk
  std::deque<namenode::Edit> unapplied_;
  std::vector<Waiter> waiters_;
};

}  // namespace mrd::sim
