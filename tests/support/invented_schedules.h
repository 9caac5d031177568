#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::test {

// Schedules that nobody looks after: one that is enabled, with runs of every kind and words that must not become markup,
// and one of somebody else that is not. Changes are remembered; only the owner may make them.
class InventedSchedules {
 public:
  explicit InventedSchedules(std::int64_t start_ms);

  Result<mapred::proto::ListSchedulesResponseProto> List(const mapred::proto::ListSchedulesRequestProto& request) const;
  Status Remove(const std::string& user, const std::string& name);
  Status Enable(const std::string& user, const std::string& name, bool enabled);
  // kFailedPrecondition while a run of it runs.
  Result<std::uint64_t> Run(const std::string& user, const std::string& name, std::int64_t now_ms);

 private:
  Result<mapred::proto::ScheduleProto*> FindFor(const std::string& user, const std::string& name);

  std::vector<mapred::proto::ScheduleProto> schedules_;
};

}  // namespace mrd::test
