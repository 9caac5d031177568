#include "dfs/wire/block_token.h"

#include <algorithm>

#include "common/base/check.h"
#include "proto/hdfs/BlockToken.pb.h"

namespace mrd::dfs::wire {
namespace {

namespace pb = hadoop::hdfs;

constexpr const char* kKind = "HDFS_BLOCK_TOKEN";
// No identifier of ours is nearly as long.
constexpr std::size_t kIdentifierBytesMax = 64 * 1024;

static_assert(static_cast<int>(TokenMode::kRead) == pb::READ);
static_assert(static_cast<int>(TokenMode::kReplace) == pb::REPLACE);

Status Refused(const ExtendedBlock& block, const std::string& why) {
  return PermissionDenied("block token for " + ToString(block.block) + ": " + why).WithTag(kInvalidToken);
}

}  // namespace

std::string_view TokenModeName(TokenMode mode) {
  switch (mode) {
    case TokenMode::kRead:
      return "READ";
    case TokenMode::kWrite:
      return "WRITE";
    case TokenMode::kCopy:
      return "COPY";
    case TokenMode::kReplace:
      return "REPLACE";
  }
  MRD_CHECK(false);
}

BlockTokens::BlockTokens(const Secret& secret, const TokenTimes& times)
    : secret_(secret.Derive("mr block tokens 1")), times_(times) {
  MRD_CHECK(times_.key_interval.count() > 0 && times_.lifetime.count() > 0);
}

Secret BlockTokens::KeyOf(std::int64_t key_id, std::string_view pool) const {
  return secret_.Derive(std::to_string(key_id) + " " + std::string(pool));
}

void BlockTokens::Issue(const TokenSubject& subject, std::initializer_list<TokenMode> modes, std::int64_t now_ms,
                        hadoop::common::TokenProto* token) const {
  const std::int64_t key_id = KeyIdAt(now_ms);
  pb::BlockTokenSecretProto identifier;
  identifier.set_expirydate(static_cast<std::uint64_t>(now_ms + times_.lifetime.count()));
  identifier.set_keyid(static_cast<std::uint32_t>(key_id));
  identifier.set_userid(std::string(subject.user));
  identifier.set_blockpoolid(std::string(subject.pool));
  identifier.set_blockid(static_cast<std::uint64_t>(subject.block.value));
  for (const TokenMode mode : modes) identifier.add_modes(static_cast<pb::AccessModeProto>(mode));
  token->set_identifier(identifier.SerializeAsString());
  token->set_password(KeyOf(key_id, subject.pool).Mac(token->identifier()));
  token->set_kind(kKind);
  token->set_service("");
}

Status BlockTokens::Check(const hadoop::common::TokenProto& token, const ExtendedBlock& block, TokenMode mode,
                          std::int64_t now_ms) const {
  if (token.identifier().empty()) return Refused(block, "none was given");
  pb::BlockTokenSecretProto identifier;
  if (token.kind() != kKind || token.identifier().size() > kIdentifierBytesMax ||
      !identifier.ParseFromString(token.identifier())) {
    return Refused(block, "it is not one of this cluster's");
  }
  // A key signs for an interval; what it signed last is good for a lifetime. One interval more for clocks that differ.
  const std::int64_t key_id = identifier.keyid();
  const std::int64_t newest = KeyIdAt(now_ms) + 1;
  const std::int64_t oldest = KeyIdAt(std::max<std::int64_t>(0, now_ms - times_.lifetime.count())) - 1;
  if (key_id < oldest || key_id > newest) {
    return Refused(block, "its key " + std::to_string(key_id) + " is out of use; keys " + std::to_string(oldest) + " to " +
                              std::to_string(newest) + " are good now");
  }
  if (!KeyOf(key_id, identifier.blockpoolid()).Verify(token.identifier(), token.password())) {
    return Refused(block, "its password is wrong");
  }
  if (identifier.expirydate() < static_cast<std::uint64_t>(std::max<std::int64_t>(0, now_ms))) {
    return Refused(block, "it has expired, " + std::to_string(now_ms - static_cast<std::int64_t>(identifier.expirydate())) +
                              " ms ago");
  }
  if (identifier.blockpoolid() != block.pool ||
      identifier.blockid() != static_cast<std::uint64_t>(block.block.id.value)) {
    return Refused(block, "it is for block " + std::to_string(identifier.blockid()) + " of " + identifier.blockpoolid());
  }
  const auto allows = [&](int allowed) { return allowed == static_cast<int>(mode); };
  if (!std::any_of(identifier.modes().begin(), identifier.modes().end(), allows)) {
    return Refused(block, "user " + identifier.userid() + " has none for " + std::string(TokenModeName(mode)));
  }
  return Status::Ok();
}

}  // namespace mrd::dfs::wire
