#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/base/random.h"
#include "common/base/status.h"
#include "dfs/types.h"
#include "namenode/blocks/blocks.h"
#include "namenode/core/leases.h"
#include "namenode/core/pipelines.h"
#include "namenode/edits.h"
#include "namenode/tree/namespace.h"

namespace mrd::namenode {

// Settings of the core; constant after construction.
struct CoreOptions {
  TreeOptions tree;
  BlockOptions blocks;
  LeaseLimits leases;
  dfs::ServerDefaults defaults;
};

// One call, as the operations see it. The caller's groups are resolved already.
struct CallContext {
  Caller caller;
  std::string client_ip;   // numeric
  std::int64_t now_ms = 0;  // wall clock, for times that people see
  MonoMs mono_ms = 0;
};

// What all operations of the namenode work on. Pure: no I/O, no clock, no locks; one thread.
//
// Every operation that changes something durable leaves its mutations in `sink`; the owner takes them after the call, even
// when it failed (a failed create may have begun a lease recovery), writes them to the journal and answers only when they
// are durable.
struct CoreState {
  CoreState(CoreOptions options_in, dfs::NamespaceInfo info_in, Random random_in);

  const CoreOptions options;
  const dfs::NamespaceInfo info;
  Random random;
  Namespace tree;
  Blocks blocks;
  LeaseTable leases;
  MutationSink sink;
  // Blocks that are being cut, and to what length: durable (key 'T'), since the tree shows the new length at once.
  std::map<dfs::BlockId, std::uint64_t> truncations;
  Pipelines pipelines;

  Context Change(const CallContext& call) { return Context{call.caller, call.now_ms, sink}; }
  dfs::GenerationStamp NextStamp();
  dfs::GenerationStamp LastStamp() const;  // the largest that was ever given out
  dfs::BlockId NextBlockId();
  void SetTruncation(dfs::BlockId block, std::uint64_t length);
  void ClearTruncation(dfs::BlockId block);
  // Records where an open block was given to.
  void SetPipeline(dfs::BlockId block, const std::vector<ReplicaTarget>& targets);
  // Its last block is no longer the file's, and nothing of it is to be kept.
  void DropLastBlock(FileRef file, dfs::BlockId block);
  // SafeModeException "Cannot <what>. Name node is in safe mode." while it is on.
  Status RefuseInSafeMode(const std::string& what) const;
  // Why it is on, what ends it, and which datanodes are behind; "" when it is off.
  std::string SafeModeReason() const;
  // AccessControlException for others.
  Status RequireSuperuser(const CallContext& call) const;
  // Forgets what a deletion took out of the tree.
  void Forget(const Removed& removed);
  dfs::ExtendedBlock Extend(const dfs::Block& block) const { return {info.pool_id, block}; }
};

// The core's own keys of the durable map: 'T' and 8 bytes of block id, big-endian; the value is the length, 8 bytes,
// little-endian.
std::string TruncationKey(dfs::BlockId block);
bool IsTruncationKey(std::string_view key);
// kCorruption for what TruncationKey and SetTruncation do not make. Without a value the entry goes.
Status LoadTruncation(std::string_view key, const std::string* value, std::map<dfs::BlockId, std::uint64_t>* out);

}  // namespace mrd::namenode
