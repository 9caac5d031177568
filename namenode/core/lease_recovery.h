#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "namenode/core/state.h"

namespace mrd::namenode {

// How a file ends whose writer will not end it: leases that ran out, files that another client wants, recovery of the
// last block (hdfs-protocol §3.8). Refers to the state; one thread.
class LeaseRecovery {
 public:
  explicit LeaseRecovery(CoreState& state) : state_(state) {}

  // What a client wants an open file for; words of the messages.
  static constexpr const char* kCreateFile = "CREATE_FILE";
  static constexpr const char* kAppendFile = "APPEND_FILE";
  static constexpr const char* kTruncateFile = "TRUNCATE_FILE";

  // `client` wants to write `file`, which is open. OK when it could be closed at once, else the reason:
  // AlreadyBeingCreatedException or RecoveryInProgressException.
  Status TakeOver(const CallContext& call, FileRef file, const std::string& client, const char* purpose);
  // recoverLease: true when the file is closed now, false when its recovery began.
  Result<bool> Recover(const CallContext& call, const std::string& path);
  // Ends the writing of a file: closes it at once where its blocks allow (true), else orders the recovery of its last
  // block (false). AlreadyBeingCreatedException while committed blocks wait for their first replica.
  Result<bool> Release(FileRef file, std::int64_t now_ms, MonoMs mono_ms);
  // Closes a file whose blocks are all complete or can be. False when one cannot.
  bool CloseIfComplete(FileRef file, std::int64_t now_ms);

  struct Synchronization {
    dfs::Block block;  // as the order named it
    dfs::GenerationStamp new_stamp;
    std::uint64_t new_length = 0;
    bool close_file = true;
    bool delete_block = false;
    std::vector<ReplicaTarget> holders;
  };
  // The datanodes agreed on a length. Fine when it was said before, or when the file is gone.
  Status Finish(const Synchronization& result, std::int64_t now_ms);

  // Leases past the hard limit, at most `max` files.
  void ReleaseExpired(std::int64_t now_ms, MonoMs mono_ms, std::size_t max);
  // Recoveries from which nothing was heard: again, with a new stamp.
  void Retry(const std::vector<dfs::BlockId>& blocks, MonoMs mono_ms);
  // After a start: recoveries that were under way go on.
  void Resume(std::int64_t now_ms, MonoMs mono_ms);

 private:
  void Begin(FileRef file, MonoMs mono_ms);
  // Nobody ever wrote to this last block, as far as can be known. Who was to write it is not in the journal: after a
  // start the datanodes that have it need time to say so, and what was flushed to them must not go.
  bool NeverWritten(const dfs::Block& last, MonoMs mono_ms) const;
  // OK when a recovery that found no data may drop the block: it never had a length, and all who can have it were
  // asked, or the hard limit has passed since the start.
  Status MayDrop(const dfs::Block& last) const;
  // What a recorded member is in this process; none when it has not registered since the start.
  std::optional<ReplicaTarget> Volume(const Pipelines::Member& member) const;
  // The recorded pipeline of the block, if all of it lives and has registered since the start.
  std::optional<std::vector<ReplicaTarget>> WholePipeline(dfs::BlockId block) const;
  // Recoveries that wait for somebody to ask: those whose pipeline has come back meanwhile.
  void AskPipelines();

  CoreState& state_;
  MonoMs resumed_ms_ = 0;
  MonoMs ticked_ms_ = 0;
  // Under recovery after a start, with a recorded pipeline of which members are still away.
  std::set<dfs::BlockId> unasked_;
};

// The holder of files that the namenode closes by itself.
extern const std::string kNamenodeHolder;

}  // namespace mrd::namenode
