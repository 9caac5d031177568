#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "tools/shell/session.h"

namespace mrd::shell {

// The line that a long copy shows on a terminal: bytes, share, files, rate. Nothing is shown in the first second, or when
// nobody looks. Thread-safe.
class CopyProgress {
 public:
  explicit CopyProgress(Session& session);

  // A file of that size joins what is to be done; 0 when it is not known.
  void Expect(std::uint64_t bytes);
  void Advance(std::uint64_t bytes);
  void FileDone();
  void Finish();

 private:
  void DrawLocked();

  Session& session_;
  const bool live_;
  const std::int64_t started_ns_;

  std::mutex mutex_;  // guards what follows
  std::int64_t drawn_ns_;
  std::uint64_t expected_bytes_ = 0;
  std::uint64_t done_bytes_ = 0;
  std::uint64_t expected_files_ = 0;
  std::uint64_t done_files_ = 0;
};

}  // namespace mrd::shell
