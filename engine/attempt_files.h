#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

class Attempt;
class OutputStream;

// The files that a plugin opens through its task: inputs anywhere, outputs below the attempt's directory. Every failure
// fails the attempt, so a plugin that ignores a return value loses nothing silently.
class AttemptFiles {
 public:
  explicit AttemptFiles(Attempt& attempt);
  ~AttemptFiles();

  int32_t Open(std::string_view path, mr_file** file);
  int32_t Create(std::string_view path, mr_file** file);
  // Makes a stream of ours writable by a plugin's output format. The stream outlives the result.
  mr_file* Wrap(OutputStream& stream);

  // Entries of mr_task_api.
  static int32_t Size(mr_file* file, int64_t* size);
  static int32_t Read(mr_file* file, int64_t offset, char* buffer, size_t size, size_t* got);
  static int32_t Write(mr_file* file, const char* data, size_t size);
  static int32_t Close(mr_file* file);

 private:
  Attempt& attempt_;
  std::vector<std::unique_ptr<mr_file>> open_;
};

}  // namespace mrd::engine
