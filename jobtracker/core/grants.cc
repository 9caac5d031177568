#include "jobtracker/core/grants.h"

#include <algorithm>

namespace mrd::jobtracker {
namespace {

void SendGrant(State& state, AttemptRef ref) {
  CommitOrder order;
  order.attempt = ref.Name();
  order.granted = true;
  order.token = ref.task->token;
  for (const std::uint32_t earlier : ref.task->grants) {
    if (earlier != ref.index) order.superseded.push_back(AttemptRef{ref.job, ref.task, earlier}.Name());
  }
  state.Order(*ref.get().tracker, std::move(order));
}

void Grant(State& state, AttemptRef ref) {
  Task& task = *ref.task;
  task.granted = ref.index;
  task.grants.push_back(ref.index);
  task.token = ++state.last_token;
  if (ref.job->whole) ref.job->state = JobState::kCommitting;
  state.Emit(CommitGranted{ref.Name(), task.token}, true);
  SendGrant(state, ref);
  state.Touch(*ref.job);
}

bool MayGrant(const AttemptRef& ref) {
  const Attempt& attempt = ref.get();
  if (attempt.state != AttemptState::kCommitPending || attempt.kill_ordered) return false;
  if (ref.task->state != TaskState::kRunning || ref.task->granted != kNoAttempt) return false;
  const JobState job = ref.job->state;
  if (ref.task->kind == TaskKind::kAbort) return job == JobState::kEnding;
  if (ref.task->kind == TaskKind::kCommit) return job == JobState::kCommitting && !ref.job->kill_wished;
  return job == JobState::kRunning;
}

}  // namespace

void AskGrant(State& state, AttemptRef ref) {
  Attempt& attempt = ref.get();
  if (attempt.state != AttemptState::kRunning) return;  // asked before
  attempt.state = AttemptState::kCommitPending;
  attempt.phase = Phase::kCommit;
  state.Touch(*ref.job);
  if (MayGrant(ref)) Grant(state, ref);
}

void RepeatGrant(State& state, AttemptRef ref) {
  if (ref.task->granted == ref.index && !ref.get().kill_ordered) SendGrant(state, ref);
}

void PassGrant(State& state, Job& job, Task& task, std::uint32_t ended) {
  if (task.granted != ended) return;
  task.granted = kNoAttempt;
  if (job.whole && job.state == JobState::kCommitting) job.state = JobState::kRunning;
  if (state.recovering) return;
  for (std::uint32_t i = 0; i < task.attempts.size(); ++i) {
    const AttemptRef next{&job, &task, i};
    if (!MayGrant(next)) continue;
    Grant(state, next);
    return;
  }
}

}  // namespace mrd::jobtracker
