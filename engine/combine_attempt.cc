#include "engine/combine_attempt.h"

#include "engine/attempt_files.h"
#include "engine/failure_source.h"
#include "engine/output_writer.h"
#include "engine/record.h"

namespace mrd::engine {

CombineAttempt::CombineAttempt(JobContext& job, int map) : Attempt(job, /*is_map=*/true, map) {
  emit = &CombineAttempt::Emit;
}

Status CombineAttempt::Run(const mr_stage& stage, CombineGroups& groups) {
  groups_ = &groups;
  Status ran = RunStage(stage);
  groups_ = nullptr;
  return From(kFromCombiner, std::move(ran).WithContext("combiner"));
}

int32_t CombineAttempt::NextGroup(mr_bytes* key) {
  if (ShouldStop()) return MR_FAILED;
  if (!groups_->NextGroup(&key_)) return failed() ? MR_FAILED : MR_END;
  *key = ToBytes(key_);
  return MR_OK;
}

int32_t CombineAttempt::NextValue(mr_bytes* key, mr_bytes* value) {
  std::string_view view;
  if (!groups_->NextValue(&view)) return MR_END;
  *key = ToBytes(key_);
  *value = ToBytes(view);
  return MR_OK;
}

int32_t CombineAttempt::Emit(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size) {
  CombineAttempt& self = static_cast<CombineAttempt&>(Of(task));
  if (!self.OnOwnThread()) return self.RefuseForeignThread();
  if (self.failed()) return MR_FAILED;
  const std::string_view emitted(key, key_size);
  if (emitted != self.key_) {
    self.Fail(InvalidArgument(
        "the combiner emitted another key than that of its group; a combiner must keep the key, or the sorted order "
        "would be lost"));
    return MR_FAILED;
  }
  if (Status taken = self.groups_->Emit(self.key_, {value, value_size}); !taken.ok()) {
    self.Fail(std::move(taken));
    return MR_FAILED;
  }
  return MR_OK;
}

}  // namespace mrd::engine
