#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// The directories of mapreduce.cluster.local.dir, of which this tracker owns "tasktracker" in each: there lie packs,
// and below jobs/<job> the spills, fetched segments and working directories of attempts. A directory that cannot be
// written, or has too little room, is left out until a later check finds it well again. Calls touch the disk, so make
// them on a pool, but for those that say otherwise. Thread-safe.
class LocalDirs {
 public:
  // Makes and locks the directories and puts aside what an earlier tracker left, which is of no use any more. Those that do
  // not work are left out; an error, naming all reasons, when none does. `env` must outlive it.
  static Result<std::unique_ptr<LocalDirs>> Open(Env& env, const std::vector<std::string>& paths,
                                                 std::uint64_t free_min_bytes);

  // Looks at each one: can it be written, has it room?
  void Check();
  // Makes the job's directory in every good one and returns their paths. kResourceExhausted, naming the reasons, when
  // there is none.
  Result<std::vector<std::string>> MakeJobDirs(const std::string& job_id);
  // The good one whose turn it is, for something large; does not touch the disk. kResourceExhausted as above.
  Result<std::string> Next();
  void RemoveJob(const std::string& job_id);
  // Removes what Open() put aside. Takes its time where that is much.
  void RemoveOld();
  // Removals under way end soon, and none begins any more: what stays the next tracker removes. Does not touch the disk.
  void StopRemoving() { stop_removing_ = true; }

  // These do not touch the disk. One sentence for each directory that is left out.
  std::vector<std::string> Troubles() const;
  std::uint64_t free_bytes() const;  // of the good ones, as the last check found
  // An error of this directory was met: it is left out until the next check.
  void Suspect(const std::string& path, const Status& why);

 private:
  struct Dir {
    std::string path;  // ours, below the configured one
    std::unique_ptr<File> lock;
    std::string trouble;  // why it is left out; "": it is good
    std::uint64_t free_bytes = 0;
    std::uint64_t device = 0;
  };
  LocalDirs(Env& env, std::uint64_t free_min_bytes) : env_(env), free_min_bytes_(free_min_bytes) {}
  Status Prepare(Dir* dir);
  Status Probe(const std::string& path, std::uint64_t* free_bytes, std::uint64_t* device);
  Status PutAside(const std::string& dir, const std::string& what);
  void Remove(const std::string& path);
  Status NoneIsGood() const;  // REQUIRES: the mutex is held

  Env& env_;
  const std::uint64_t free_min_bytes_;
  std::atomic<bool> stop_removing_{false};
  mutable std::mutex mutex_;
  std::vector<Dir> dirs_;  // what changes in it is guarded by the mutex
  std::size_t turn_ = 0;   // guarded by the mutex
};

}  // namespace mrd::tasktracker
