#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "jobtracker/core/orders.h"

namespace mrd::sim {

// The output directories of all jobs, as attempts of any tracker change them, also such as the jobtracker has given up.
// An attempt publishes by one rename of its own directory; a grant names the attempts whose directories and published
// output are removed before that.
class JobtrackerOutput {
 public:
  // The attempt follows its leave to publish. False: its directory is gone, since a later grant removed it, or the job's
  // temporary files are. Two attempts that both publish, neither removed by the other, are a fault.
  bool Publish(const jobtracker::CommitOrder& grant);
  // A COMMIT attempt (or a whole job) makes the output final.
  bool CommitJob(const std::string& job);
  void AbortJob(const std::string& job);

  // The attempt whose output stands at the task's place; "" if none does.
  std::string PublishedBy(const std::string& task) const;
  std::uint32_t CommitsOf(const std::string& job) const;
  // What went wrong; "" if nothing did.
  const std::string& fault() const { return fault_; }
  std::uint64_t published() const { return published_count_; }

 private:
  std::map<std::string, std::string> published_;   // task -> attempt
  std::set<std::string> removed_;                  // attempts
  std::map<std::string, std::uint64_t> tokens_;    // task -> highest that published
  std::map<std::string, std::uint32_t> commits_;   // job -> times
  std::set<std::string> aborted_;
  std::string fault_;
  std::uint64_t published_count_ = 0;
};

}  // namespace mrd::sim
