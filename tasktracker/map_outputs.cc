#include "tasktracker/map_outputs.h"

#include <algorithm>
#include <utility>

namespace mrd::tasktracker {

std::vector<OutputSegment> MapOutput::Of(std::uint32_t reduce) const {
  std::vector<OutputSegment> found;
  for (const Spill& spill : spills_) {
    if (reduce >= spill.segments.size() || spill.segments[reduce].records == 0) continue;
    const Range& range = spill.segments[reduce];
    found.push_back({spill.sequence, spill.path, range.offset, range.bytes, range.records});
  }
  return found;
}

std::vector<std::uint64_t> MapOutput::BytesByReduce() const {
  std::size_t reduces = 0;
  for (const Spill& spill : spills_) reduces = std::max(reduces, spill.segments.size());
  std::vector<std::uint64_t> sums(reduces);
  for (const Spill& spill : spills_) {
    for (std::size_t i = 0; i < spill.segments.size(); ++i) sums[i] += spill.segments[i].bytes;
  }
  return sums;
}

std::uint64_t MapOutput::bytes() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t one : BytesByReduce()) sum += one;
  return sum;
}

void MapOutputs::Add(const std::string& attempt_id, MapOutput output) {
  auto kept = std::make_shared<const MapOutput>(std::move(output));
  const std::lock_guard lock(mutex_);
  outputs_[attempt_id] = std::move(kept);
}

MapOutputs::Ptr MapOutputs::Find(const std::string& attempt_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = outputs_.find(attempt_id);
  return at == outputs_.end() ? nullptr : at->second;
}

void MapOutputs::Remove(const std::string& attempt_id) {
  const std::lock_guard lock(mutex_);
  outputs_.erase(attempt_id);
}

void MapOutputs::RemoveJob(const std::string& job_id) {
  // "attempt_<job>_", with which all of its attempts begin and none of another job.
  const std::string prefix = "attempt_" + job_id.substr(std::min<std::size_t>(4, job_id.size())) + "_";
  const std::lock_guard lock(mutex_);
  auto at = outputs_.lower_bound(prefix);
  while (at != outputs_.end() && at->first.starts_with(prefix)) at = outputs_.erase(at);
}

std::map<std::string, MapOutputs::Ptr> MapOutputs::All() const {
  const std::lock_guard lock(mutex_);
  return outputs_;
}

}  // namespace mrd::tasktracker
