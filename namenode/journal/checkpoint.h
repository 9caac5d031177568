#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/status.h"
#include "namenode/edits.h"

namespace mrd::namenode {

// The durable map from keys to values, in LevelDB, as of some edit. The only user of LevelDB.
//
// Apply() writes without flushing: after a crash of the machine LevelDB may have any part of what was written since the
// last Sync(), not only a beginning of it (its log files are not flushed in order). That does no harm as long as the
// edits after the last Sync() are applied again: mutations only set and remove, so applying them over any part of their
// own effects gives the right map. Hence two numbers: synced(), which is safe, and applied(), which is a hint.
// Durability: everything up to synced() survives a crash. Sync() moves memory into table files and then writes
// synced() to PATH.synced, in this order, flushing each.
// Threads: one at a time; Scan() beside the others is fine.
class Checkpoint {
 public:
  // Opens, or makes an empty one, at `path` and `path`.synced. kCorruption when it is damaged, kFailedPrecondition when
  // it is another file system's, kUnavailable when it is open already. `env` is for the mark only: LevelDB brings its
  // own disk. References must outlive it.
  static Result<std::unique_ptr<Checkpoint>> Open(Env& env,
                                                  const std::string& path,
                                                  std::uint32_t namespace_id,
                                                  CrashPoints& crash_points = CrashPoints::None());
  virtual ~Checkpoint() = default;

  virtual TxId applied() const = 0;
  virtual TxId synced() const = 0;
  virtual const std::string& path() const = 0;

  // Applies edits in order, all or nothing. Each has the txid after the one before; the first at most applied() + 1.
  virtual Status Apply(std::span<const Edit> edits) = 0;
  virtual Status Sync() = 0;

  // In the order of keys, as of the call. Views last for one call of `row`. Stops at the first error. Verifies
  // checksums; kCorruption names the checkpoint.
  using Row = std::function<Status(std::string_view key, std::string_view value)>;
  virtual Status Scan(const Row& row) = 0;

  // Makes an empty one equal to `other`, and syncs.
  Status CopyFrom(Checkpoint& other);

  // Removes a checkpoint that is not open. Fine if absent.
  static Status Remove(Env& env, const std::string& path);

 private:
  virtual Status LoadRows(std::span<const Mutation> rows, TxId applied) = 0;
};

}  // namespace mrd::namenode
