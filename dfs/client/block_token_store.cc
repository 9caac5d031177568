#include "dfs/client/block_token_store.h"

#include "dfs/wire/block_convert.h"

namespace mrd::dfs::client {

void BlockTokenStore::Keep(TokenUse use, const hadoop::hdfs::LocatedBlockProto& block) {
  if (block.blocktoken().identifier().empty()) return;
  const Key key{BlockId{static_cast<std::int64_t>(block.b().blockid())}, use};
  const std::lock_guard lock(mutex_);
  const bool known = !tokens_.insert_or_assign(key, block.blocktoken()).second;
  if (known) return;
  order_.push_back(key);
  if (order_.size() <= kTokensMax) return;
  tokens_.erase(order_.front());
  order_.pop_front();
}

void BlockTokenStore::Keep(TokenUse use, const hadoop::hdfs::LocatedBlocksProto& blocks) {
  for (const hadoop::hdfs::LocatedBlockProto& block : blocks.blocks()) Keep(use, block);
  if (blocks.has_lastblock()) Keep(use, blocks.lastblock());
}

void BlockTokenStore::Fill(TokenUse use, const ExtendedBlock& block, hadoop::common::TokenProto* token) const {
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find({block.block.id, use});
  if (found == tokens_.end()) {
    wire::SetEmptyToken(token);
  } else {
    *token = found->second;
  }
}

}  // namespace mrd::dfs::client
