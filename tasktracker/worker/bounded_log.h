#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// What an attempt writes to stdout or stderr, in a file that keeps the first and the last half of a limit. While more than
// the limit comes in, the file's second half is written round and round; Finish() puts it in order and says in between how
// much was left out. A disk that takes no more loses text, never the attempt. One thread.
class BoundedLog {
 public:
  // `limit_bytes` 0: keeps everything. `env` must outlive the log.
  static Result<std::unique_ptr<BoundedLog>> Open(Env& env, std::string path, std::uint64_t limit_bytes);

  void Write(const char* data, std::size_t size);
  // Once, after the last Write().
  void Finish();
  std::uint64_t written() const { return total_; }

 private:
  BoundedLog(std::string path, std::uint64_t limit_bytes, std::unique_ptr<File> file);
  void WriteAt(std::uint64_t offset, const char* data, std::size_t size);

  const std::string path_;
  const std::uint64_t half_;  // of the limit; 0: none
  std::unique_ptr<File> file_;
  std::uint64_t total_ = 0;
};

// The end of a log file, from the beginning of a line if one is near, at most `size_max` bytes of valid UTF-8 (other bytes
// are shown as "?"). Text from the first occurrence of `until` on is left out, if that is given. "" when there is none.
std::string LogTail(Env& env, const std::string& path, std::size_t size_max, std::string_view until = {});

}  // namespace mrd::tasktracker
