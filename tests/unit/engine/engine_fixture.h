#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/config.h"
#include "common/base/env.h"
#include "common/fs/registry.h"
#include "engine/job.h"
#include "engine/local_runner.h"
#include "engine/plugin.h"

namespace mrd::engine::testing {

// A directory of its own for one test, removed at its end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Writes a file and returns its path.
  std::string Write(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

// Everything around a LocalRunner: configuration with small memory, registry, temporary directories.
class EngineFixture {
 public:
  explicit EngineFixture(Env& env = Env::Posix());

  void Set(std::string_view name, std::string_view value);
  JobRequest Request(const std::string& job,
                     const std::vector<std::string>& inputs,
                     const std::string& output) const;
  JobResult Run(const std::string& job, const std::vector<std::string>& inputs, const std::string& output);
  // Name to content of every file below `output` that is not hidden, _SUCCESS excepted.
  std::map<std::string, std::string> Parts(const std::string& output) const;
  // What lies in the local directory: nothing when no job runs.
  std::vector<std::string> Leftovers() const;

  TempDir dir;
  CancelFlag cancel;
  std::map<std::string, std::string> options;
  JobMonitor* monitor = nullptr;  // hears of the runs, if set
  fs::Registry file_systems;

 private:
  static const KeyRegistry& Keys();
  Env& env_;
  Config config_;
};

// Jobs written against the C table alone, so that the engine is tested without the SDK:
//   count        words, builtin int64 sum as combiner
//   count_plain  the same without a combiner
//   count_chain  the same with a combiner that the engine knows nothing of
//   count_kept   the same with a combiner that hands on every value
//   count_doubled  the same with a combiner that makes two values of one
//   lines        each line as key, its offset as value; sorted, no reducer
//   reverse      lines sorted by a comparator that reverses the order
//   confused     lines sorted by a comparator that answers at random
//   copy         lines to the output, map-only
//   total        lines in total order over the reduces
//   first        groups by the first byte of the line, values in the order of the whole line
//   fail_at      fails at the line "bad"
//   named        lines to the named outputs "odd" and "even" by their length
//   named_below  the same, in a directory for each name
//   named_as_told  lines to the named output that named.to says; declared are "odd" and "even"
//   counters     makes counters.count counters in counters.groups groups, their names counters.length bytes and more;
//                each task others if counters.own is set
//   options      lines, with options "count", "share", "invert" and the argument "pattern"
//   foreign      emits from a thread of its own
//   numbers      the digits 0 to 9 by an input format that gives them in batches; 37 records by its telling
//   numbers_former  the same by one that knows no batches, as plugins were built before the C table had them
//   flood        emits option.count pairs of 1000 bytes for each line
const mr_plugin* TestPlugin();

}  // namespace mrd::engine::testing
