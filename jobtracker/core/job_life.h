#pragma once

#include <memory>
#include <string>

#include "jobtracker/core/state.h"

// What happens to jobs.
namespace mrd::jobtracker {

// Whether a job runs as one attempt of kind w: small enough that starting workers for it would cost more than its work.
bool RunsWhole(const JobSubmission& job);

Job& CreateJob(State& state, const JobSubmitted& submitted);
// Lets waiting jobs run as far as limits permit.
void AdmitJobs(State& state);
// Whatever limits say.
void AdmitNow(State& state, Job& job);
void ChangePriority(State& state, Job& job, Priority priority);
// A task was finished or given up: commits or ends the job if that was the last one.
void AfterTask(State& state, Job& job);
// The job will end as failed or killed. Nothing if it ends already.
void BeginEnding(State& state, Job& job, JobState end, const std::string& failure);
// Goes on with a job that ends, as far as its attempts permit.
void ContinueEnding(State& state, Job& job);
void FinishJob(State& state, Job& job, JobState end, const std::string& failure);
void KillJob(State& state, Job& job, const std::string& reason);
// Jobs whose attempts had their time to end.
void CheckEndings(State& state);

// What JobEnded says, from the job as it is.
engine::Counters CountersOf(const Job& job);

}  // namespace mrd::jobtracker
