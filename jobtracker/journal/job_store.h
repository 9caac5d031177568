#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::jobtracker {

// One change of the store: sets a key, or removes it when there is no value.
struct StoreWrite {
  std::string key;
  std::optional<std::string> value;
};

// What must survive the jobtracker, as keys and values in LevelDB; which ones: store_keys.h and docs/formats.md. The only
// user of LevelDB here.
//
// Durability: after Write() with `sync` everything written so far survives a crash of the machine. Without it, it survives
// the end of the process, and a crash of the machine takes away some of the last writes, never earlier ones alone: the log
// is one file in the order of writing, and a torn end of it is left out.
// Threads: one at a time; Scan() and Get() beside the others are fine.
class JobStore {
 public:
  // Opens, or makes an empty one, in the directory `path`, which is made with its parents. kCorruption when it is damaged,
  // kUnavailable when another jobtracker has it open, kFailedPrecondition when a newer version of ours wrote it.
  static Result<std::unique_ptr<JobStore>> Open(Env& env, const std::string& path);
  virtual ~JobStore() = default;

  // All of it or nothing.
  virtual Status Write(std::span<const StoreWrite> writes, bool sync) = 0;
  // Keys that begin with `prefix`, in their order, as of the call. Views last for one call of `row`. Stops at the first
  // error.
  using Row = std::function<Status(std::string_view key, std::string_view value)>;
  virtual Status Scan(std::string_view prefix, const Row& row) = 0;
  virtual Result<std::optional<std::string>> Get(const std::string& key) = 0;
};

}  // namespace mrd::jobtracker
