#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mrd::tasktracker {

// Where one reduce's part of one spill of a map lies.
struct OutputSegment {
  std::uint32_t sequence = 0;  // of the spill
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
};

// The spill files of one finished map.
class MapOutput {
 public:
  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
  };
  struct Spill {
    std::uint32_t sequence = 0;
    std::string path;
    std::vector<Range> segments;  // one per reduce
  };
  explicit MapOutput(std::vector<Spill> spills) : spills_(std::move(spills)) {}

  // Those that have records, in the order of the spills. Empty also for a reduce that the job does not have.
  std::vector<OutputSegment> Of(std::uint32_t reduce) const;
  // For each reduce, of all spills together.
  std::vector<std::uint64_t> BytesByReduce() const;
  std::uint64_t bytes() const;
  const std::vector<Spill>& spills() const { return spills_; }

 private:
  std::vector<Spill> spills_;
};

// The map output that this tracker keeps for the reduces of jobs that are not over. The files lie in the jobs' local
// directories and go with them. Thread-safe.
class MapOutputs {
 public:
  using Ptr = std::shared_ptr<const MapOutput>;

  void Add(const std::string& attempt_id, MapOutput output);
  // Null when it is not here.
  Ptr Find(const std::string& attempt_id) const;
  void Remove(const std::string& attempt_id);
  void RemoveJob(const std::string& job_id);
  std::map<std::string, Ptr> All() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Ptr> outputs_;  // by attempt; guarded by the mutex
};

}  // namespace mrd::tasktracker
