#pragma once

#include <string>

namespace mrd::engine {

// Registers a directory that must not outlive the process, for as long as the object lives. Readable from a signal
// handler through ListLeftovers(), which is why the table is fixed and global: a crash knows no objects.
class Leftover {
 public:
  explicit Leftover(const std::string& path);
  ~Leftover();
  Leftover(const Leftover&) = delete;
  Leftover& operator=(const Leftover&) = delete;

 private:
  int slot_;
};

// Marks that a job runs, for JobRunning().
class JobMark {
 public:
  JobMark();
  ~JobMark();
  JobMark(const JobMark&) = delete;
  JobMark& operator=(const JobMark&) = delete;
};

}  // namespace mrd::engine
