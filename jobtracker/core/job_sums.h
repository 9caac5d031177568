#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/counters.h"
#include "engine/ledger.h"
#include "jobtracker/core/types.h"

namespace mrd::jobtracker {

// One map's share of its job's sums, so that it can be taken out again when the map's output is lost.
struct TaskShare {
  std::vector<std::pair<std::uint32_t, std::int64_t>> cells;
  std::array<std::uint64_t, 10> edges{};
};

// Counters and ledger summed over the finished tasks of one job. Names of counters are kept once per job: a hundred
// thousand maps differ in numbers only.
class JobSums {
 public:
  void Add(const TaskResult& result);
  // As Add; Subtract(share) undoes it. REQUIRES: no groups in the ledger, those are of reduces.
  std::unique_ptr<TaskShare> AddShare(const TaskResult& result);
  void Subtract(const TaskShare& share);

  engine::Counters counters() const;
  const engine::Ledger& ledger() const { return ledger_; }

 private:
  void AddCells(const engine::Counters& counters, std::vector<std::pair<std::uint32_t, std::int64_t>>* cells);

  struct Cell {
    std::string group;
    std::string name;
    std::int64_t value = 0;
  };
  std::vector<Cell> cells_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // by group, NUL, name; looked up, never walked
  engine::Ledger ledger_;
};

}  // namespace mrd::jobtracker
