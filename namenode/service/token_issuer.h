#pragma once

#include <initializer_list>
#include <optional>

#include "dfs/wire/block_token.h"
#include "namenode/core/state.h"
#include "proto/hdfs/hdfs.pb.h"

namespace mrd::namenode {

// Puts tokens into the blocks of answers, in the caller's name; where tokens are off, leaves them empty. The caller's right
// to the file has been checked when the core gave the blocks.
class TokenIssuer {
 public:
  explicit TokenIssuer(std::optional<dfs::wire::BlockTokens> tokens) : tokens_(std::move(tokens)) {}

  bool enabled() const { return tokens_.has_value(); }
  void Sign(const CallContext& call, std::initializer_list<dfs::wire::TokenMode> modes,
            hadoop::hdfs::LocatedBlockProto* block) const;
  void Sign(const CallContext& call, std::initializer_list<dfs::wire::TokenMode> modes,
            hadoop::hdfs::LocatedBlocksProto* blocks) const;

 private:
  const std::optional<dfs::wire::BlockTokens> tokens_;
};

}  // namespace mrd::namenode
