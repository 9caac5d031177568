#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/fs/file_system.h"

namespace mrd::engine {

// Whose an output is that is being made, on file systems where a process cannot hold a lock: empty files below
// OUT/_temporary (docs/formats.md) that stay until all is published. A claimant first leaves his name, then makes the claim,
// which only one can. So whoever dies in between, or with the claim, has left his name.
struct Claimant {
  std::string job;     // its id
  std::string run;     // "" unless it is a run of a schedule: then the run, whatever job is to carry it out
  std::string sender;  // "USER@JOBTRACKER" when a client of that jobtracker is about to submit the job, else ""
  std::int64_t made_ms = 0;
};

// Whether a job whose claimant left his name, and that was never begun, never will be. Asked for each name that is there,
// when there is nothing else. Names are compared by IsSame(): characters that files may not have are replaced.
using ClaimJudge = std::function<bool(const Claimant& other)>;
bool IsSame(const std::string& read, const std::string& given);

// Makes OUT/_temporary with name and claim in it; the claim's number is given back. kAlreadyExists when OUT is there,
// unless it holds nothing but claims of jobs that `abandoned` gives up: then the claim passes on. Of several at once one
// has it.
Result<int> TakeClaim(fs::FileSystem& system, const fs::Path& output, const Claimant& mine,
                      const ClaimJudge& abandoned = nullptr);

// Whether somebody has taken over the claim of that number.
bool HasPassedOn(fs::FileSystem& system, const fs::Path& output, int number);

// All whose names are there. kNotFound when there is no OUT.
Result<std::vector<Claimant>> Claimants(fs::FileSystem& system, const fs::Path& output);

}  // namespace mrd::engine
