#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "dfs/types.h"
#include "sim/clock.h"

namespace mrd::sim {

// What was promised, as an observer outside of the cluster knows it: bytes of blocks that a client was told are
// written, and block ids and generation stamps that left the namenode. Also takes down the first broken promise.
//
// Some promises hold only as long as disks do: a block is fragile when a machine lost power before acknowledged bytes
// were written back, or when a replica rotted or vanished, because later decisions may then rest on what was left.
class Ledger {
 public:
  enum class Damage : std::uint8_t { kPower, kDisk };

  explicit Ledger(Clock& clock) : clock_(clock) {}

  // The first bytes of a block, which a client was told are there; `synced`: on the disks, where no loss of power takes
  // them.
  void Acknowledge(dfs::BlockId block, std::string_view bytes, bool synced = false);
  // A datanode made a copy of the block: copies are not flushed to the disk, and originals may be given up for them.
  void Copied(dfs::BlockId block) { synced_.erase(block); }
  // Somebody was asked to cut the block to so many bytes, or to remove it: from now on the rest may go.
  void Limit(dfs::BlockId block, std::uint64_t length);
  void Release(dfs::BlockId block);
  // What must stay readable of a block; empty when nothing must.
  const std::string& Bytes(dfs::BlockId block) const;
  void MarkFragile(dfs::BlockId block, Damage damage);
  bool IsFragile(dfs::BlockId block) const { return fragile_.contains(block); }

  // A new block's id left the namenode, for this file.
  void GaveBlock(const dfs::Block& block, dfs::InodeId file);
  // Blocks of one file belong to another now.
  void Joined(dfs::InodeId source, dfs::InodeId target);
  // A new stamp of a block left the namenode.
  void GaveStamp(dfs::BlockId block, dfs::GenerationStamp stamp);

  // A promise was broken. The first one is kept.
  void Broken(std::string what);
  // As Broken(), about a file's bytes, whose length is `length` now; excused when a fragile block explains it: then at
  // least what was synced has to be there.
  void BrokenFile(dfs::InodeId file, std::uint64_t length, std::string what);
  bool broken() const { return !what_.empty(); }
  const std::string& what() const { return what_; }
  std::uint64_t step() const { return step_; }
  // Something was lost to disks, and the run can show nothing more.
  void Excuse(const std::string& what);
  bool excused() const { return excused_; }

 private:
  Clock& clock_;
  std::map<dfs::BlockId, std::string> bytes_;
  std::map<dfs::BlockId, std::uint64_t> synced_;
  std::map<dfs::BlockId, Damage> fragile_;
  std::map<dfs::BlockId, dfs::InodeId> files_;
  std::map<dfs::GenerationStamp, dfs::BlockId> stamps_;
  std::string what_;
  std::uint64_t step_ = 0;
  bool excused_ = false;
};

}  // namespace mrd::sim
