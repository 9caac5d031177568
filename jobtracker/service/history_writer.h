#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/fs/path.h"
#include "common/fs/registry.h"
#include "common/net/runtime.h"
#include "jobtracker/service/job_reader.h"

namespace mrd::jobtracker {

struct HistoryOptions {
  std::string directory;     // qualified
  std::int64_t keep_ms = 0;  // older files are removed; 0: never
  std::string user;          // who may see every job
};

// Writes a file for each job that has ended: JSON lines (docs/formats.md, "Job history"). A file is there whole or not at
// all. Blocking calls of the file system have a thread of their own.
// Threads: coroutines of the core's executor.
class HistoryWriter {
 public:
  // References must outlive it. `file_systems` knows the scheme of the directory.
  HistoryWriter(const JobReader& reader, Clock& clock, Logger log, fs::Registry file_systems, HistoryOptions options);

  // Once; a later call begins anew. OK also when the file is there already. Ends early, with kCancelled, after Stop().
  net::awaitable<Status> Write(std::string job);
  void Stop() { stopping_ = true; }

 private:
  // Blocking; on the pool's thread.
  Status Begin(const std::string& job, std::unique_ptr<fs::OutputFile>* out);
  Status Publish(const std::string& job, fs::OutputFile& out);
  Status RemoveOld();
  Result<fs::Path> FileOf(const std::string& job, const char* suffix) const;

  Result<std::string> FirstLine(const std::string& job) const;
  Result<std::string> TaskLines(const std::string& job, std::uint32_t from, std::uint32_t* total) const;
  Result<std::string> LastLine(const std::string& job) const;

  const JobReader& reader_;
  Clock& clock_;
  const Logger log_;
  fs::Registry file_systems_;
  const HistoryOptions options_;
  bool stopping_ = false;
  std::int64_t swept_ms_ = 0;  // when old files were looked for last
  net::BlockingPool disk_;     // last: what it runs uses the others
};

}  // namespace mrd::jobtracker
