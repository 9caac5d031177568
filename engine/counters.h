#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mrd::engine {

// Internal group names, as Hadoop's programs and history files use them.
inline constexpr std::string_view kFileSystemGroup = "org.apache.hadoop.mapreduce.FileSystemCounter";
inline constexpr std::string_view kJobGroup = "org.apache.hadoop.mapreduce.JobCounter";
inline constexpr std::string_view kTaskGroup = "org.apache.hadoop.mapreduce.TaskCounter";
inline constexpr std::string_view kShuffleErrorGroup = "Shuffle Errors";
inline constexpr std::string_view kInputFormatGroup =
    "org.apache.hadoop.mapreduce.lib.input.FileInputFormatCounter";
inline constexpr std::string_view kOutputFormatGroup =
    "org.apache.hadoop.mapreduce.lib.output.FileOutputFormatCounter";

// Named sums in named groups. Framework counters are added under their internal name (MAP_INPUT_RECORDS); what is
// printed are Hadoop's display names. A value type; one thread at a time.
class Counters {
 public:
  void Add(std::string_view group, std::string_view name, std::int64_t delta);
  void Max(std::string_view group, std::string_view name, std::int64_t value);
  void Merge(const Counters& other);  // sums, cell by cell
  // By internal or display name of both; 0 when absent.
  std::int64_t Get(std::string_view group, std::string_view name) const;

  struct Cell {
    std::string name;
    std::string display_name;
    std::int64_t value = 0;
  };
  struct Group {
    std::string name;
    std::string display_name;
    std::vector<Cell> cells;  // framework groups in Hadoop's order, user groups by name
  };
  // In the order of Hadoop: file systems, job, task; then the others by internal name, the users' among them.
  std::vector<Group> Groups() const;
  std::size_t size() const;
  // The part of it that users made: what lies in no group of the framework.
  struct UserSize {
    std::int64_t groups = 0;
    std::int64_t counters = 0;
  };
  UserSize user_size() const;
  // "Counters: 20\n\tFile System Counters\n\t\tFILE: Number of bytes read=…\n…"
  std::string ToString() const;

 private:
  std::map<std::string, std::map<std::string, std::int64_t, std::less<>>, std::less<>> groups_;
};

}  // namespace mrd::engine
