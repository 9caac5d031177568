#include "engine/counters.h"

#include <algorithm>
#include <span>

namespace mrd::engine {

namespace {

struct Name {
  std::string_view internal;
  std::string_view display;
};

struct FrameworkGroup {
  std::string_view internal;
  std::string_view display;
  std::span<const Name> counters;  // in the order in which they are printed
};

// Display names are Hadoop's, the trailing blanks too.
constexpr Name kJobCounters[] = {
    {"NUM_FAILED_MAPS", "Failed map tasks"},
    {"NUM_FAILED_REDUCES", "Failed reduce tasks"},
    {"NUM_KILLED_MAPS", "Killed map tasks"},
    {"NUM_KILLED_REDUCES", "Killed reduce tasks"},
    {"TOTAL_LAUNCHED_MAPS", "Launched map tasks"},
    {"TOTAL_LAUNCHED_REDUCES", "Launched reduce tasks"},
    {"DATA_LOCAL_MAPS", "Data-local map tasks"},
    {"RACK_LOCAL_MAPS", "Rack-local map tasks"},
    {"OTHER_LOCAL_MAPS", "Other local map tasks"},
    {"SLOTS_MILLIS_MAPS", "Total time spent by all maps in occupied slots (ms)"},
    {"SLOTS_MILLIS_REDUCES", "Total time spent by all reduces in occupied slots (ms)"},
    {"MILLIS_MAPS", "Total time spent by all map tasks (ms)"},
    {"MILLIS_REDUCES", "Total time spent by all reduce tasks (ms)"},
};
constexpr Name kTaskCounters[] = {
    {"MAP_INPUT_RECORDS", "Map input records"},
    {"MAP_OUTPUT_RECORDS", "Map output records"},
    {"MAP_SKIPPED_RECORDS", "Map skipped records"},
    {"MAP_OUTPUT_BYTES", "Map output bytes"},
    {"MAP_OUTPUT_MATERIALIZED_BYTES", "Map output materialized bytes"},
    {"SPLIT_RAW_BYTES", "Input split bytes"},
    {"COMBINE_INPUT_RECORDS", "Combine input records"},
    {"COMBINE_OUTPUT_RECORDS", "Combine output records"},
    {"REDUCE_INPUT_GROUPS", "Reduce input groups"},
    {"REDUCE_SHUFFLE_BYTES", "Reduce shuffle bytes"},
    {"REDUCE_INPUT_RECORDS", "Reduce input records"},
    {"REDUCE_OUTPUT_RECORDS", "Reduce output records"},
    {"REDUCE_SKIPPED_GROUPS", "Reduce skipped groups"},
    {"REDUCE_SKIPPED_RECORDS", "Reduce skipped records"},
    {"SPILLED_RECORDS", "Spilled Records"},
    {"SHUFFLED_MAPS", "Shuffled Maps "},
    {"FAILED_SHUFFLE", "Failed Shuffles"},
    {"MERGED_MAP_OUTPUTS", "Merged Map outputs"},
    {"CPU_MILLISECONDS", "CPU time spent (ms)"},
    {"PHYSICAL_MEMORY_BYTES", "Physical memory (bytes) snapshot"},
    {"VIRTUAL_MEMORY_BYTES", "Virtual memory (bytes) snapshot"},
};
constexpr Name kShuffleErrors[] = {
    {"BAD_ID", "BAD_ID"},           {"CONNECTION", "CONNECTION"}, {"IO_ERROR", "IO_ERROR"},
    {"WRONG_LENGTH", "WRONG_LENGTH"}, {"WRONG_MAP", "WRONG_MAP"},   {"WRONG_REDUCE", "WRONG_REDUCE"},
};
constexpr Name kInputCounters[] = {{"BYTES_READ", "Bytes Read"}};
constexpr Name kOutputCounters[] = {{"BYTES_WRITTEN", "Bytes Written"}};
// Suffixes of "<SCHEME>_BYTES_READ"; the scheme stands before them in both spellings.
constexpr Name kFileSystemSuffixes[] = {
    {"_BYTES_READ", ": Number of bytes read"},
    {"_BYTES_WRITTEN", ": Number of bytes written"},
    {"_READ_OPS", ": Number of read operations"},
    {"_LARGE_READ_OPS", ": Number of large read operations"},
    {"_WRITE_OPS", ": Number of write operations"},
};
constexpr FrameworkGroup kFramework[] = {
    {kFileSystemGroup, "File System Counters", {}},
    {kJobGroup, "Job Counters ", kJobCounters},
    {kTaskGroup, "Map-Reduce Framework", kTaskCounters},
    {kShuffleErrorGroup, "Shuffle Errors", kShuffleErrors},
    {kInputFormatGroup, "File Input Format Counters ", kInputCounters},
    {kOutputFormatGroup, "File Output Format Counters ", kOutputCounters},
};

const FrameworkGroup* FindFramework(std::string_view group) {
  for (const FrameworkGroup& known : kFramework) {
    if (group == known.internal || group == known.display) return &known;
  }
  return nullptr;
}

bool EndsWithSuffix(std::string_view name, std::string_view suffix) {
  // "_READ_OPS" also ends "_LARGE_READ_OPS".
  return name.ends_with(suffix) && !(suffix == "_READ_OPS" && name.ends_with("_LARGE_READ_OPS"));
}

std::string FileSystemDisplayName(std::string_view name) {
  for (const Name& suffix : kFileSystemSuffixes) {
    if (EndsWithSuffix(name, suffix.internal)) {
      return std::string(name.substr(0, name.size() - suffix.internal.size())) + std::string(suffix.display);
    }
  }
  return std::string(name);
}

std::string InternalName(const FrameworkGroup& group, std::string_view name) {
  for (const Name& known : group.counters) {
    if (name == known.display) return std::string(known.internal);
  }
  if (group.internal == kFileSystemGroup) {
    for (const Name& suffix : kFileSystemSuffixes) {
      if (name.ends_with(suffix.display)) {
        return std::string(name.substr(0, name.size() - suffix.display.size())) + std::string(suffix.internal);
      }
    }
  }
  return std::string(name);
}

}  // namespace

void Counters::Add(std::string_view group, std::string_view name, std::int64_t delta) {
  auto found = groups_.find(group);
  if (found == groups_.end()) found = groups_.try_emplace(std::string(group)).first;
  auto cell = found->second.find(name);
  if (cell == found->second.end()) cell = found->second.emplace(name, 0).first;
  cell->second += delta;
}

void Counters::Max(std::string_view group, std::string_view name, std::int64_t value) {
  const std::int64_t known = Get(group, name);
  Add(group, name, std::max(known, value) - known);
}

void Counters::Merge(const Counters& other) {
  for (const auto& [group, cells] : other.groups_) {
    for (const auto& [name, value] : cells) Add(group, name, value);
  }
}

std::int64_t Counters::Get(std::string_view group, std::string_view name) const {
  const FrameworkGroup* framework = FindFramework(group);
  const auto found = groups_.find(framework == nullptr ? group : framework->internal);
  if (found == groups_.end()) return 0;
  const auto cell = found->second.find(framework == nullptr ? std::string(name) : InternalName(*framework, name));
  return cell == found->second.end() ? 0 : cell->second;
}

std::vector<Counters::Group> Counters::Groups() const {
  std::vector<Group> out;
  // Hadoop keeps the groups of its own enumerations apart and prints them first.
  std::vector<std::string_view> names;
  for (const std::string_view first : {kFileSystemGroup, kJobGroup, kTaskGroup}) {
    if (groups_.contains(first)) names.push_back(first);
  }
  const std::size_t enumerations = names.size();
  for (const auto& [name, cells] : groups_) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(enumerations), name) ==
        names.begin() + static_cast<std::ptrdiff_t>(enumerations)) {
      names.push_back(name);
    }
  }
  for (const std::string_view group_name : names) {
    const auto& [name, cells] = *groups_.find(group_name);
    Group group{name, name, {}};
    const FrameworkGroup* framework = FindFramework(name);
    if (framework != nullptr) group.display_name = framework->display;
    if (framework == nullptr) {
      for (const auto& [cell, value] : cells) group.cells.push_back({cell, cell, value});
    } else if (framework->internal == kFileSystemGroup) {
      // By scheme, and within a scheme in Hadoop's order.
      for (const auto& [cell, value] : cells) group.cells.push_back({cell, FileSystemDisplayName(cell), value});
      const auto rank = [](const Cell& cell) {
        for (std::size_t i = 0; i < std::size(kFileSystemSuffixes); ++i) {
          const std::string_view suffix = kFileSystemSuffixes[i].internal;
          if (EndsWithSuffix(cell.name, suffix)) {
            return std::pair(cell.name.substr(0, cell.name.size() - suffix.size()), i);
          }
        }
        return std::pair(cell.name, std::size_t{0});
      };
      std::stable_sort(group.cells.begin(), group.cells.end(),
                       [&](const Cell& a, const Cell& b) { return rank(a) < rank(b); });
    } else {
      for (const Name& known : framework->counters) {
        const auto cell = cells.find(known.internal);
        if (cell != cells.end()) {
          group.cells.push_back({std::string(known.internal), std::string(known.display), cell->second});
        }
      }
      for (const auto& [cell, value] : cells) {
        const bool listed = std::any_of(framework->counters.begin(), framework->counters.end(),
                                        [&](const Name& known) { return known.internal == cell; });
        if (!listed) group.cells.push_back({cell, cell, value});
      }
    }
    out.push_back(std::move(group));
  }
  return out;
}

std::size_t Counters::size() const {
  std::size_t sum = 0;
  for (const auto& [name, cells] : groups_) sum += cells.size();
  return sum;
}

Counters::UserSize Counters::user_size() const {
  UserSize sum;
  for (const auto& [name, cells] : groups_) {
    if (FindFramework(name) != nullptr) continue;
    ++sum.groups;
    sum.counters += static_cast<std::int64_t>(cells.size());
  }
  return sum;
}

std::string Counters::ToString() const {
  std::string out = "Counters: " + std::to_string(size()) + "\n";
  for (const Group& group : Groups()) {
    out += "\t" + group.display_name + "\n";
    for (const Cell& cell : group.cells) out += "\t\t" + cell.display_name + "=" + std::to_string(cell.value) + "\n";
  }
  return out;
}

}  // namespace mrd::engine
