#pragma once

// Tokens for blocks, as HDFS has them: the namenode gives a client, with each located block, a token that says who may do
// what with which block until when; a datanode serves an operation only with one that allows it. For clients identifier
// and password are bytes to pass on.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/base/secret.h"
#include "common/base/status.h"
#include "dfs/token_times.h"
#include "dfs/types.h"
#include "proto/ipc/Security.pb.h"

namespace mrd::dfs::wire {

// The tag of every refusal, and the Java class that clients know it by.
inline constexpr const char* kInvalidToken = "org.apache.hadoop.security.token.SecretManager$InvalidToken";

// What a token lets its bearer do with the block. Values are those of the wire.
enum class TokenMode : std::uint8_t { kRead = 1, kWrite = 2, kCopy = 3, kReplace = 4 };

// Whom a token is for, and for which block; the generation stamp does not matter.
struct TokenSubject {
  std::string_view user;
  std::string_view pool;
  BlockId block;
};

// Issues tokens and checks them, on the namenode and on datanodes alike: every daemon derives the same keys from the
// secret, so that none has to be sent. A key signs for one interval of wall-clock time, whose number is the key's id; it
// is accepted as long as a token of its can be good. Clocks that differ by more than an interval make tokens fail.
// Thread-safe; copies are equal.
class BlockTokens {
 public:
  BlockTokens(const Secret& secret, const TokenTimes& times);

  // Fills all four fields of `token`.
  void Issue(const TokenSubject& subject, std::initializer_list<TokenMode> modes, std::int64_t now_ms,
             hadoop::common::TokenProto* token) const;
  // kPermissionDenied, with the reason, unless the token was issued by a holder of the secret, is for this block and
  // mode, and is good at `now_ms`. The user is whoever it was issued to: operations name none to compare with.
  Status Check(const hadoop::common::TokenProto& token, const ExtendedBlock& block, TokenMode mode,
               std::int64_t now_ms) const;

 private:
  std::int64_t KeyIdAt(std::int64_t now_ms) const { return now_ms / times_.key_interval.count(); }
  Secret KeyOf(std::int64_t key_id, std::string_view pool) const;

  Secret secret_;
  TokenTimes times_;
};

// "READ", as Hadoop names it.
std::string_view TokenModeName(TokenMode mode);

}  // namespace mrd::dfs::wire
