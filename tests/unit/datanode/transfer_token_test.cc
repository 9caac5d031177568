// Tokens on the data port: which operation asks for which, and that a datanode has its own for what it asks of others.

#include <catch2/catch.hpp>

#include "dfs/wire/block_token.h"
#include "tests/unit/datanode/transfer_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::wire::Operation;
using dfs::wire::TokenMode;
using hadoop::hdfs::BlockOpResponseProto;

const dfs::wire::BlockTokens kTokens(Secret("0123456789abcdef"), dfs::TokenTimes());

TransferOptions WithTokens() {
  TransferOptions options;
  options.tokens = kTokens;
  return options;
}

// Puts a token for block `id` into the header, issued so long ago.
void Allow(hadoop::hdfs::BaseHeaderProto* header, TokenMode mode, std::chrono::hours ago = std::chrono::hours(0)) {
  dfs::wire::TokenSubject subject;
  subject.user = "ann";
  subject.pool = header->block().poolid();
  subject.block.value = static_cast<std::int64_t>(header->block().blockid());
  const std::int64_t now_ms = Clock::System().WallMillis() - std::chrono::milliseconds(ago).count();
  kTokens.Issue(subject, {mode}, now_ms, header->mutable_token());
}

template <typename Client, typename Message>
BlockOpResponseProto Answer(const Client& where, Operation operation, const Message& message) {
  RawClient client(where);
  client.SendOperation(operation, message);
  BlockOpResponseProto response = client.ReceiveResponse();
  if (response.status() == hadoop::hdfs::ERROR_ACCESS_TOKEN) CHECK(client.AtEnd());
  return response;
}

TEST_CASE("block tokens: a read needs one that is whole, in time, and for reading this block", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime, WithTokens());
  a.stored().MakeFinalized(620, 1001, 1000);
  a.stored().MakeFinalized(621, 1001, 1000);
  const auto read = [&](const hadoop::hdfs::OpReadBlockProto& op) { return Answer(a.port(), Operation::kReadBlock, op); };
  hadoop::hdfs::OpReadBlockProto op = ReadOperation(620, 0, 10);
  hadoop::hdfs::BaseHeaderProto* const header = op.mutable_header()->mutable_baseheader();

  const BlockOpResponseProto missing = read(op);
  CHECK(missing.status() == hadoop::hdfs::ERROR_ACCESS_TOKEN);
  CHECK(missing.message().find("none was given") != std::string::npos);

  Allow(header, TokenMode::kRead);
  CHECK(read(op).status() == hadoop::hdfs::SUCCESS);

  (*header->mutable_token()->mutable_password())[5] ^= 4;
  CHECK(read(op).message().find("its password is wrong") != std::string::npos);

  Allow(header, TokenMode::kRead, std::chrono::hours(11));
  const BlockOpResponseProto expired = read(op);
  CHECK(expired.status() == hadoop::hdfs::ERROR_ACCESS_TOKEN);
  CHECK(expired.message().find("it has expired") != std::string::npos);

  Allow(header, TokenMode::kWrite);
  CHECK(read(op).message().find("none for READ") != std::string::npos);

  Allow(header, TokenMode::kRead);
  header->mutable_block()->set_blockid(621);
  CHECK(read(op).message().find("it is for block 620") != std::string::npos);
}

TEST_CASE("block tokens: every other operation is refused without one as well", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime, WithTokens()), b(runtime, WithTokens());
  a.stored().MakeFinalized(622, 1001, 1000);
  const dfs::ExtendedBlock block = StoreFixture::Block(622, 1001, 1000);
  const auto refused = hadoop::hdfs::ERROR_ACCESS_TOKEN;

  CHECK(Answer(a.port(), Operation::kWriteBlock, WriteOperation(623)).status() == refused);
  CHECK(a.stored().store().replicas() == 1);  // nothing was begun
  hadoop::hdfs::OpBlockChecksumProto checksum;
  SetHeader(checksum.mutable_header(), block);
  CHECK(Answer(a.port(), Operation::kBlockChecksum, checksum).status() == refused);
  Allow(checksum.mutable_header(), TokenMode::kRead);
  CHECK(Answer(a.port(), Operation::kBlockChecksum, checksum).status() == hadoop::hdfs::SUCCESS);

  hadoop::hdfs::OpCopyBlockProto copy;
  SetHeader(copy.mutable_header(), block);
  Allow(copy.mutable_header(), TokenMode::kRead);
  CHECK(Answer(a.port(), Operation::kCopyBlock, copy).status() == refused);
  hadoop::hdfs::OpReplaceBlockProto replace;
  SetHeader(replace.mutable_header(), block);
  replace.set_delhint("x");
  *replace.mutable_source() = a.Info();
  Allow(replace.mutable_header(), TokenMode::kCopy);
  CHECK(Answer(b.port(), Operation::kReplaceBlock, replace).status() == refused);

  hadoop::hdfs::OpRequestShortCircuitAccessProto descriptors;
  SetHeader(descriptors.mutable_header(), block);
  descriptors.set_maxversion(1);
  CHECK(Answer(a.unix_path(), Operation::kRequestShortCircuitFds, descriptors).status() == refused);
  Allow(descriptors.mutable_header(), TokenMode::kRead);
  CHECK(Answer(a.unix_path(), Operation::kRequestShortCircuitFds, descriptors).status() == hadoop::hdfs::SUCCESS);
}

TEST_CASE("block tokens: a client's token goes down its pipeline", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime, WithTokens()), b(runtime, WithTokens());
  hadoop::hdfs::OpWriteBlockProto op = WriteOperation(624, {&b});
  Allow(op.mutable_header()->mutable_baseheader(), TokenMode::kWrite);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, op);
  REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  client.SendPacket({0, 0, StoreFixture::Content(624, 0, 1000)});
  client.SendPacket({1, 1000, "", true});
  REQUIRE(client.ReceiveAck().replies.size() == 2);
  REQUIRE(client.ReceiveAck().replies.size() == 2);
  CHECK(*b.stored().Read(StoreFixture::Block(624, 1001)) == StoreFixture::Content(624, 0, 1000));
}

TEST_CASE("block tokens: datanodes have their own for copies, a client's for reading is not enough", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime, WithTokens()), b(runtime, WithTokens()), c(runtime, WithTokens());
  a.stored().MakeFinalized(625, 1001, 100'000);
  const dfs::ExtendedBlock block = StoreFixture::Block(625, 1001, 100'000);
  hadoop::hdfs::OpTransferBlockProto transfer;
  SetHeader(transfer.mutable_header()->mutable_baseheader(), block);
  transfer.mutable_header()->set_clientname("client");
  *transfer.add_targets() = b.Info();
  Allow(transfer.mutable_header()->mutable_baseheader(), TokenMode::kRead);
  CHECK(Answer(a.port(), Operation::kTransferBlock, transfer).status() == hadoop::hdfs::ERROR_ACCESS_TOKEN);
  Allow(transfer.mutable_header()->mutable_baseheader(), TokenMode::kCopy);
  CHECK(Answer(a.port(), Operation::kTransferBlock, transfer).status() == hadoop::hdfs::SUCCESS);
  CHECK(*b.stored().Read(StoreFixture::Block(625, 1001)) == StoreFixture::Content(625, 0, 100'000));

  hadoop::hdfs::OpReplaceBlockProto replace;
  SetHeader(replace.mutable_header(), block);
  replace.set_delhint("x");
  *replace.mutable_source() = b.Info();
  Allow(replace.mutable_header(), TokenMode::kReplace);
  CHECK(Answer(c.port(), Operation::kReplaceBlock, replace).status() == hadoop::hdfs::SUCCESS);
  CHECK(*c.stored().Read(StoreFixture::Block(625, 1001)) == StoreFixture::Content(625, 0, 100'000));
}

}  // namespace
}  // namespace mrd::datanode
