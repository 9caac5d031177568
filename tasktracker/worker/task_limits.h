#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/config.h"
#include "common/base/status.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::tasktracker {

// What the kernel permits one attempt's processes (setrlimit), as the job's keys say. Memory that is in use is not among
// it: the tracker watches that. Immutable.
class TaskLimits {
 public:
  // kInvalidArgument naming key and value.
  static Result<TaskLimits> Read(const Config& config);

  // Sets them for this process and all that it starts; none may be raised again. What the tracker's own limits forbid is
  // cut to them. Those of core files hold for every attempt, the others for those that run the job's code.
  Status Apply(mapred::proto::TaskKindProto kind) const;

  // When the text of a failure has the sign of one of these limits ("Too many open files"): a sentence that names the key
  // and its value. "" otherwise.
  std::string Hint(std::string_view failure) const;

  std::uint64_t file_bytes() const { return file_bytes_; }  // 0: not limited

 private:
  // Bytes or numbers; 0: not limited, but for core files.
  std::uint64_t core_bytes_ = 0;
  std::uint64_t open_files_ = 0;
  std::uint64_t processes_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t map_space_bytes_ = 0;
  std::uint64_t reduce_space_bytes_ = 0;
};

}  // namespace mrd::tasktracker
