#include "dfs/wire/block_token.h"

#include <catch2/catch.hpp>

#include "proto/hdfs/BlockToken.pb.h"

namespace mrd::dfs::wire {
namespace {

using hadoop::common::TokenProto;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kMinute = 60'000;

TokenTimes Times() {
  TokenTimes times;
  times.key_interval = std::chrono::minutes(10);
  times.lifetime = std::chrono::minutes(30);
  return times;
}

ExtendedBlock Block(std::int64_t id) { return {"BP-1", {BlockId{id}, GenerationStamp{1001}, 5}}; }

TokenProto Issued(const BlockTokens& tokens, std::initializer_list<TokenMode> modes) {
  TokenProto token;
  TokenSubject subject;
  subject.user = "ann";
  subject.pool = "BP-1";
  subject.block = BlockId{7};
  tokens.Issue(subject, modes, kNow, &token);
  return token;
}

// Refused, by the tag that clients know, for a reason with these words.
void CheckRefused(const Status& status, const std::string& words) {
  CHECK(status.code() == Code::kPermissionDenied);
  CHECK(status.tag() == kInvalidToken);
  INFO(status.message());
  CHECK(status.message().find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("block token: says who may do what with which block until when", "[token]") {
  const BlockTokens tokens(Secret("0123456789abcdef"), Times());
  const TokenProto token = Issued(tokens, {TokenMode::kRead, TokenMode::kCopy});
  CHECK(token.kind() == "HDFS_BLOCK_TOKEN");
  CHECK(token.has_service());
  CHECK(token.password().size() == Secret::kMacBytes);
  hadoop::hdfs::BlockTokenSecretProto identifier;
  REQUIRE(identifier.ParseFromString(token.identifier()));
  CHECK(identifier.userid() == "ann");
  CHECK(identifier.blockpoolid() == "BP-1");
  CHECK(identifier.blockid() == 7);
  CHECK(identifier.expirydate() == kNow + 30 * kMinute);
  CHECK(identifier.keyid() == kNow / (10 * kMinute));
  REQUIRE(identifier.modes_size() == 2);
  CHECK(identifier.modes(0) == hadoop::hdfs::READ);
  CHECK(identifier.modes(1) == hadoop::hdfs::COPY);
}

TEST_CASE("block token: is good for its block, of whatever stamp, and for its modes only", "[token]") {
  const BlockTokens tokens(Secret("0123456789abcdef"), Times());
  const TokenProto token = Issued(tokens, {TokenMode::kRead, TokenMode::kCopy});
  CHECK(tokens.Check(token, Block(7), TokenMode::kRead, kNow).ok());
  CHECK(tokens.Check(token, Block(7), TokenMode::kCopy, kNow).ok());
  ExtendedBlock later = Block(7);
  later.block.stamp.value = 2000;
  CHECK(tokens.Check(token, later, TokenMode::kRead, kNow).ok());
  CheckRefused(tokens.Check(token, Block(7), TokenMode::kWrite, kNow), "ann has none for WRITE");
  CheckRefused(tokens.Check(token, Block(8), TokenMode::kRead, kNow), "it is for block 7 of BP-1");
  ExtendedBlock other_pool = Block(7);
  other_pool.pool = "BP-2";
  CheckRefused(tokens.Check(token, other_pool, TokenMode::kRead, kNow), "it is for block 7 of BP-1");
}

TEST_CASE("block token: ends with its time, and with its key", "[token]") {
  const BlockTokens tokens(Secret("0123456789abcdef"), Times());
  const TokenProto token = Issued(tokens, {TokenMode::kRead});
  CHECK(tokens.Check(token, Block(7), TokenMode::kRead, kNow + 30 * kMinute).ok());
  CheckRefused(tokens.Check(token, Block(7), TokenMode::kRead, kNow + 30 * kMinute + 1), "it has expired, 1 ms ago");
  CheckRefused(tokens.Check(token, Block(7), TokenMode::kRead, kNow + 60 * kMinute), "is out of use");
  // The issuer's clock may be ahead, but not by hours.
  CHECK(tokens.Check(token, Block(7), TokenMode::kRead, kNow - 10 * kMinute).ok());
  CheckRefused(tokens.Check(token, Block(7), TokenMode::kRead, kNow - 30 * kMinute), "is out of use");
}

TEST_CASE("block token: only holders of the secret make them, on whichever daemon", "[token]") {
  const BlockTokens tokens(Secret("0123456789abcdef"), Times());
  const BlockTokens same(Secret("0123456789abcdef"), Times());
  const BlockTokens other(Secret("0123456789abcdeF"), Times());
  const TokenProto token = Issued(tokens, {TokenMode::kRead});
  CHECK(same.Check(token, Block(7), TokenMode::kRead, kNow).ok());
  CheckRefused(other.Check(token, Block(7), TokenMode::kRead, kNow), "its password is wrong");
}

TEST_CASE("block token: a change of any byte is found, whatever it says then", "[token]") {
  const BlockTokens tokens(Secret("0123456789abcdef"), Times());
  const TokenProto token = Issued(tokens, {TokenMode::kRead});
  for (std::size_t i = 0; i < token.identifier().size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      TokenProto changed = token;
      char& byte = (*changed.mutable_identifier())[i];
      byte = static_cast<char>(byte ^ 1 << bit);
      CHECK_FALSE(tokens.Check(changed, Block(7), TokenMode::kRead, kNow).ok());
    }
  }
  for (std::size_t i = 0; i < token.password().size(); ++i) {
    TokenProto changed = token;
    (*changed.mutable_password())[i] ^= 1;
    CheckRefused(tokens.Check(changed, Block(7), TokenMode::kRead, kNow), "its password is wrong");
  }
  TokenProto more = token;
  hadoop::hdfs::BlockTokenSecretProto identifier;
  REQUIRE(identifier.ParseFromString(token.identifier()));
  identifier.add_modes(hadoop::hdfs::WRITE);
  more.set_identifier(identifier.SerializeAsString());
  CheckRefused(tokens.Check(more, Block(7), TokenMode::kWrite, kNow), "its password is wrong");
}

TEST_CASE("block token: none, and what is no token, are refused", "[token]") {
  const BlockTokens tokens(Secret("0123456789abcdef"), Times());
  CheckRefused(tokens.Check(TokenProto(), Block(7), TokenMode::kRead, kNow), "none was given");
  TokenProto garbage = Issued(tokens, {TokenMode::kRead});
  garbage.set_identifier("\xFF\xFF\xFF");
  CheckRefused(tokens.Check(garbage, Block(7), TokenMode::kRead, kNow), "not one of this cluster's");
  TokenProto kind = Issued(tokens, {TokenMode::kRead});
  kind.set_kind("HDFS_DELEGATION_TOKEN");
  CheckRefused(tokens.Check(kind, Block(7), TokenMode::kRead, kNow), "not one of this cluster's");
}

}  // namespace mrd::dfs::wire
