#include "namenode/service/token_issuer.h"

namespace mrd::namenode {

void TokenIssuer::Sign(const CallContext& call, std::initializer_list<dfs::wire::TokenMode> modes,
                       hadoop::hdfs::LocatedBlockProto* block) const {
  if (!tokens_) return;
  dfs::wire::TokenSubject subject;
  subject.user = call.caller.user;
  subject.pool = block->b().poolid();
  subject.block.value = static_cast<std::int64_t>(block->b().blockid());
  tokens_->Issue(subject, modes, call.now_ms, block->mutable_blocktoken());
}

void TokenIssuer::Sign(const CallContext& call, std::initializer_list<dfs::wire::TokenMode> modes,
                       hadoop::hdfs::LocatedBlocksProto* blocks) const {
  if (!tokens_) return;
  for (hadoop::hdfs::LocatedBlockProto& block : *blocks->mutable_blocks()) Sign(call, modes, &block);
  if (blocks->has_lastblock()) Sign(call, modes, blocks->mutable_lastblock());
}

}  // namespace mrd::namenode
