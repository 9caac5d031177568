#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "dfs/types.h"
#include "proto/hdfs/hdfs.pb.h"

namespace mrd::dfs::client {

// What a token was given for. The namenode gives one for each.
enum class TokenUse { kRead, kWrite, kCopy };

// The tokens that came with located blocks, the latest for each block and use, to be shown to datanodes. Holds the last
// 16,384 at most: who lost one is refused by the datanode, asks the namenode for the block again and so gets another.
// Empty where the cluster has no tokens. Thread-safe.
class BlockTokenStore {
 public:
  static constexpr std::size_t kTokensMax = 16'384;

  void Keep(TokenUse use, const hadoop::hdfs::LocatedBlockProto& block);
  void Keep(TokenUse use, const hadoop::hdfs::LocatedBlocksProto& blocks);
  // Fills all four fields; with nothing where there is no token.
  void Fill(TokenUse use, const ExtendedBlock& block, hadoop::common::TokenProto* token) const;

 private:
  using Key = std::pair<BlockId, TokenUse>;
  mutable std::mutex mutex_;
  std::map<Key, hadoop::common::TokenProto> tokens_;  // guarded by the mutex, as is
  std::deque<Key> order_;                             // the keys, oldest first
};

}  // namespace mrd::dfs::client
