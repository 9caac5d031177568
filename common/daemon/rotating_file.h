#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::daemon {

// A log file that is renamed when it gets long: "x.log" to "x.log.1", that to "x.log.2", and so on; the oldest goes.
// Appends to what is there. Not durable: a crash of the machine may cost the last lines. One thread at a time.
class RotatingFile {
 public:
  // Keeps `files` files of about `bytes_max` bytes, the one being written included. `env` must outlive it.
  static Result<std::unique_ptr<RotatingFile>> Open(Env& env, std::string path, std::uint64_t bytes_max, int files);

  // Writes all of it. After an error the next call tries to open the file anew.
  Status Write(std::string_view text);

 private:
  RotatingFile(Env& env, std::string path, std::uint64_t bytes_max, int files)
      : env_(env), path_(std::move(path)), bytes_max_(bytes_max), files_(files) {}

  Status OpenFile();
  Status Rotate();
  std::string PathOf(int number) const;

  Env& env_;
  const std::string path_;
  const std::uint64_t bytes_max_;
  const int files_;
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
};

}  // namespace mrd::daemon
