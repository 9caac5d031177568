#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

class Attempt;
class OutputStream;

// Records of a split, or groups of a reduce, by number from 0.
struct SkipRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// Keeps what an attempt leaves out (mapreduce.map.skip.maxrecords) for people: one line of JSON for each record, in the form
// of docs/formats.md, "Skipped records". It lies where mapreduce.job.skip.outdir says: without that in the attempt's
// output, to be published with it as OUT/_logs/skip/<task>; in a directory of its own as <attempt>. "none", or a job
// without output: nothing is kept. The file is made with the first record. One thread, the attempt's.
class SkippedLog {
 public:
  // The attempt must outlive it, and have its output set before the first record.
  explicit SkippedLog(Attempt& attempt);
  ~SkippedLog();

  Status AddRecords(std::uint64_t first, std::string_view file, const mr_record* records, std::size_t count);
  Status AddPair(std::uint64_t group, std::string_view key, std::string_view value);
  // What was added is in the file. One that was not closed goes with the attempt, which failed; but one in a directory of
  // its own stays when the attempt's process crashed.
  Status Close();

 private:
  // Opens the file if there is to be one; whether there is.
  Result<bool> Open();
  Status Append(std::string line);

  Attempt& attempt_;
  std::unique_ptr<OutputStream> stream_;
  // Where the file is, if it is not the attempt's output.
  std::shared_ptr<fs::FileSystem> system_;
  fs::Path path_;
};

}  // namespace mrd::engine
