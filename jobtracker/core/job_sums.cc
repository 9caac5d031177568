#include "jobtracker/core/job_sums.h"

#include <cstddef>

namespace mrd::jobtracker {
namespace {

using engine::Ledger;

// What a map counts; the rest of the ledger is about groups.
constexpr std::array<std::uint64_t Ledger::*, 10> kEdges = {
    &Ledger::split_bytes,  &Ledger::map_bytes,     &Ledger::combine_bytes, &Ledger::spill_bytes,
    &Ledger::output_bytes, &Ledger::input_records, &Ledger::map_records,   &Ledger::output_records,
    &Ledger::shuffle_bytes, &Ledger::shuffled_records};

}  // namespace

void JobSums::AddCells(const engine::Counters& counters, std::vector<std::pair<std::uint32_t, std::int64_t>>* cells) {
  std::string key;
  for (const engine::Counters::Group& group : counters.Groups()) {
    for (const engine::Counters::Cell& cell : group.cells) {
      key.assign(group.name).push_back('\0');
      key.append(cell.name);
      const auto [entry, made] = numbers_.try_emplace(key, static_cast<std::uint32_t>(cells_.size()));
      if (made) cells_.push_back({group.name, cell.name, 0});
      cells_[entry->second].value += cell.value;
      if (cells != nullptr) cells->emplace_back(entry->second, cell.value);
    }
  }
}

void JobSums::Add(const TaskResult& result) {
  AddCells(result.counters, nullptr);
  ledger_.Merge(result.ledger);
}

std::unique_ptr<TaskShare> JobSums::AddShare(const TaskResult& result) {
  auto share = std::make_unique<TaskShare>();
  AddCells(result.counters, &share->cells);
  for (std::size_t i = 0; i < kEdges.size(); ++i) {
    share->edges[i] = result.ledger.*kEdges[i];
    ledger_.*kEdges[i] += share->edges[i];
  }
  return share;
}

void JobSums::Subtract(const TaskShare& share) {
  for (const auto& [number, value] : share.cells) cells_[number].value -= value;
  for (std::size_t i = 0; i < kEdges.size(); ++i) ledger_.*kEdges[i] -= share.edges[i];
}

engine::Counters JobSums::counters() const {
  engine::Counters counters;
  for (const Cell& cell : cells_) counters.Add(cell.group, cell.name, cell.value);
  return counters;
}

}  // namespace mrd::jobtracker
