#pragma once

#include <string>
#include <string_view>

#include "engine/attempt.h"

namespace mrd::engine {

// The groups that a combiner works through, and where its results go.
class CombineGroups {
 public:
  virtual ~CombineGroups() = default;
  // Steps to the next group; false at the end. The key view is valid until the next step.
  virtual bool NextGroup(std::string_view* key) = 0;
  // Steps to the next value of the group; false at its end.
  virtual bool NextValue(std::string_view* value) = 0;
  virtual Status Emit(std::string_view key, std::string_view value) = 0;
};

// The task that a combiner sees while it works for a map attempt. A combiner must keep the key of its group, since what
// it emits takes the group's place in the sorted order; another key fails the attempt.
class CombineAttempt : public Attempt {
 public:
  CombineAttempt(JobContext& job, int map);
  Status Run(const mr_stage& stage, CombineGroups& groups);

 protected:
  int32_t NextGroup(mr_bytes* key) override;
  int32_t NextValue(mr_bytes* key, mr_bytes* value) override;

 private:
  static int32_t Emit(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size);

  CombineGroups* groups_ = nullptr;
  std::string_view key_;
};

}  // namespace mrd::engine
