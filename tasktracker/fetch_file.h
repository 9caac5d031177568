#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"
#include "common/net/runtime.h"
#include "tasktracker/local_dirs.h"

namespace mrd::tasktracker {

// A file that fetched segments of one reduce are appended to. Small pieces are gathered. One coroutine at a time.
class FetchFile {
 public:
  // Makes jobs/<job>/fetched/<reduce attempt>/<name> in the local directory whose turn it is. Blocks.
  static Result<std::unique_ptr<FetchFile>> Create(Env& env, LocalDirs& dirs, const std::string& job_id,
                                                   const std::string& reduce_attempt, const std::string& name);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }  // with what was gathered
  // The bytes go to the end of the file. After an error the file is of no use any more; its directory is left out.
  net::awaitable<Status> Append(net::BlockingPool& disk, std::string_view bytes);
  // What was appended can be read by others.
  net::awaitable<Status> Flush(net::BlockingPool& disk);

 private:
  FetchFile(LocalDirs& dirs, std::string path, std::unique_ptr<File> file)
      : dirs_(dirs), path_(std::move(path)), file_(std::move(file)) {}

  LocalDirs& dirs_;
  const std::string path_;
  const std::unique_ptr<File> file_;
  std::string gathered_;
  std::uint64_t size_ = 0;
};

}  // namespace mrd::tasktracker
