#include "engine/sampler.h"

#include <algorithm>

#include "engine/map_attempt.h"
#include "engine/partitioner.h"
#include "engine/record_sorter.h"

namespace mrd::engine {

namespace {

class SampledKeys : public KeySource {
 public:
  explicit SampledKeys(const std::vector<std::string>& keys) : keys_(keys) {}
  std::string_view Key(std::uint32_t ref, char*) const override { return keys_[ref]; }

 private:
  const std::vector<std::string>& keys_;
};

}  // namespace

Result<std::vector<std::string>> SampleCutPoints(JobContext& job, const InputPlan& plan, TaskMemory& memory) {
  const auto splits = static_cast<std::int64_t>(plan.splits.size());
  if (job.reduces <= 1 || splits == 0) return std::vector<std::string>{};
  const std::int64_t sampled = std::clamp<std::int64_t>(job.settings.sample_splits, 1, splits);
  const std::int64_t records = std::max<std::int64_t>(job.settings.sample_records / sampled, 1);

  std::vector<std::string> keys;
  const Partitioner unused(job.definition, 1);
  for (std::int64_t i = 0; i < sampled; ++i) {
    const auto number = static_cast<std::size_t>(i * splits / sampled);
    MapAttempt attempt(job, static_cast<int>(number), plan.splits[number], unused, memory);
    attempt.DivertTo([&keys](std::string_view key) { keys.emplace_back(key); }, static_cast<std::uint64_t>(records));
    MRD_RETURN_IF_ERROR(attempt.Run().WithContext("sampling the input for a total order"));
  }

  const KeyOrder order = job.definition.sort_comparator ? KeyOrder(&*job.definition.sort_comparator) : KeyOrder();
  // Sorted as records are, so that a comparator that is none does no harm here either.
  std::vector<SortEntry> entries(keys.size());
  for (std::size_t at = 0; at < keys.size(); ++at) {
    entries[at] = {KeyPrefix(keys[at].data(), keys[at].size()), 0, static_cast<std::uint32_t>(at)};
  }
  std::vector<SortEntry> scratch(entries.size());
  SortEntries(entries, scratch, SampledKeys(keys), order);
  std::vector<std::string> cuts;
  for (int reduce = 1; reduce < job.reduces && !keys.empty(); ++reduce) {
    const std::size_t rank = keys.size() * static_cast<std::size_t>(reduce) / static_cast<std::size_t>(job.reduces);
    const std::string& cut = keys[entries[rank].ref];
    if (cuts.empty() || order.Compare(cuts.back(), cut) < 0) cuts.push_back(cut);
  }
  return cuts;
}

}  // namespace mrd::engine
