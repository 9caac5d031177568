// Writing in place: a client on the datanode's host is lent the file of a new block, puts the data there and sends packets
// without them. What it holds of the file afterwards must not reach the replica.

#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "common/base/unique_fd.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/packet.h"
#include "dfs/wire/write_in_place.h"
#include "tests/unit/datanode/transfer_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::wire::Operation;
using dfs::wire::TransferStatus;
using hadoop::hdfs::OpWriteBlockProto;

void Ask(RawClient& client, const OpWriteBlockProto& op) {
  hadoop::hdfs::OpCustomProto custom;
  custom.set_customid(std::string(dfs::wire::kWriteInPlaceId));
  std::string bytes;
  dfs::wire::AppendOperation(Operation::kCustom, custom, bytes);
  dfs::wire::AppendDelimited(op, bytes);
  client.Send(bytes);
}

UniqueFd ReceiveFile(RawClient& client) {
  char byte = 'x';
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  REQUIRE(::recvmsg(client.descriptor(), &message, 0) == 1);
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  REQUIRE(header != nullptr);
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return UniqueFd(fd);
}

UniqueFd Borrow(RawClient& client, std::int64_t id) {
  Ask(client, WriteOperation(id));
  const auto response = client.ReceiveResponse();
  REQUIRE(response.status() == hadoop::hdfs::SUCCESS);
  REQUIRE(response.shortcircuitaccessversion() == dfs::wire::kWriteInPlaceVersion);
  return ReceiveFile(client);
}

struct Range {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

void Place(const UniqueFd& file, std::int64_t id, Range range) {
  const std::string data = StoreFixture::Content(id, range.from, range.to);
  REQUIRE(::pwrite(file.get(), data.data(), data.size(), static_cast<off_t>(range.from)) ==
          static_cast<ssize_t>(data.size()));
}

// Header and checksums of a packet with these bytes, which the stream does not carry.
void SendPlaced(RawClient& client, std::int64_t seqno, std::int64_t id, Range range) {
  const std::string checksums = StoreFixture::Checksums(StoreFixture::Content(id, range.from, range.to));
  dfs::wire::PacketHeader header;
  header.offset_in_block = static_cast<std::int64_t>(range.from);
  header.seqno = seqno;
  header.data_bytes = static_cast<std::uint32_t>(range.to - range.from);
  header.checksum_bytes = static_cast<std::uint32_t>(checksums.size());
  client.Send(std::string(dfs::wire::EncodePacketFront(header).view()) + checksums);
}

bool Acknowledged(RawClient& client, std::int64_t seqno) {
  const dfs::wire::PipelineAck ack = client.ReceiveAck();
  return ack.seqno == seqno && ack.replies.size() == 1 && ack.replies.front() == TransferStatus::kSuccess;
}

TEST_CASE("write in place: what lies in the lent file becomes the replica", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  RawClient client(a.unix_path());
  UniqueFd file = Borrow(client, 700);
  // The second packet ends within a chunk, as a flush does, and the third only fills that up.
  const std::array<Range, 4> ranges = {Range{0, 65536}, {65536, 70000}, {70000, 70144}, {70144, 200'001}};
  std::int64_t seqno = 0;
  for (const Range& range : ranges) {
    Place(file, 700, range);
    SendPlaced(client, seqno, 700, range);
    CHECK(Acknowledged(client, seqno++));
  }
  CHECK(*a.stored().store().VisibleLength(StoreFixture::Block(700, 1001)) == 200'001);
  file = UniqueFd();
  client.SendPacket({seqno, 200'001, "", true});
  CHECK(Acknowledged(client, seqno));
  CHECK(client.AtEnd());
  CHECK(a.warnings() == "");
  CHECK(a.events().Has("received blk_700_1001 200001"));
  CHECK(*a.stored().Read(StoreFixture::Block(700, 1001)) == StoreFixture::Content(700, 0, 200'001));
}

TEST_CASE("write in place: a file that the client keeps is no longer the replica's", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  RawClient client(a.unix_path());
  const UniqueFd file = Borrow(client, 701);
  Place(file, 701, {0, 5000});
  SendPlaced(client, 0, 701, {0, 5000});
  CHECK(Acknowledged(client, 0));
  client.SendPacket({1, 5000, "", true});
  CHECK(Acknowledged(client, 1));
  const std::string garbage(9000, 'x');
  REQUIRE(::pwrite(file.get(), garbage.data(), garbage.size(), 0) == 9000);
  CHECK(*a.stored().Read(StoreFixture::Block(701, 1001)) == StoreFixture::Content(701, 0, 5000));
  CHECK(a.stored().lines().find("was copied") != std::string::npos);
}

TEST_CASE("write in place: a recovery takes the replica away from a client that lives on", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  RawClient client(a.unix_path());
  const UniqueFd file = Borrow(client, 702);
  Place(file, 702, {0, 3000});
  SendPlaced(client, 0, 702, {0, 3000});
  CHECK(Acknowledged(client, 0));
  Place(file, 702, {3000, 4000});  // its packet will not come
  BlockStore& store = a.stored().store();
  const bool by_client = GENERATE(false, true);
  if (by_client) {
    // Another connection goes on with the block, as after a broken one.
    Result<std::shared_ptr<ReplicaWriter>> writer =
        store.RecoverStreaming(StoreFixture::Block(702, 1001), dfs::GenerationStamp{1002}, {3000, 4000});
    REQUIRE(writer.ok());
    REQUIRE(StoreFixture::Write(**writer, 3000, 3072).ok());
    REQUIRE(store.Finalize(*writer, false).ok());
  } else {
    REQUIRE(store.InitRecovery(StoreFixture::Block(702, 1001), dfs::GenerationStamp{1002}).ok());
    REQUIRE(store.UpdateRecovery(StoreFixture::Block(702, 1001), dfs::GenerationStamp{1002}, 2900).ok());
  }
  const std::uint64_t length = by_client ? 3072 : 2900;
  const std::string garbage(9000, 'x');
  REQUIRE(::pwrite(file.get(), garbage.data(), garbage.size(), 0) == 9000);
  CHECK(*a.stored().Read(StoreFixture::Block(702, 1002, length)) == StoreFixture::Content(702, 0, length));
}

TEST_CASE("write in place: a packet whose data are not there, or out of place, is refused", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  RawClient client(a.unix_path());
  const UniqueFd file = Borrow(client, 703);
  Place(file, 703, {0, 2000});
  const bool absent = GENERATE(true, false);
  SendPlaced(client, 0, 703, absent ? Range{0, 2001} : Range{512, 1024});
  const dfs::wire::PipelineAck ack = client.ReceiveAck();
  REQUIRE(ack.replies.size() == 1);
  CHECK(ack.replies.front() == TransferStatus::kError);
}

TEST_CASE("write in place: bytes of a partial chunk are compared with their checksum", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  RawClient client(a.unix_path());
  const UniqueFd file = Borrow(client, 704);
  Place(file, 704, {0, 100});
  SendPlaced(client, 0, 704, {0, 100});
  CHECK(Acknowledged(client, 0));
  REQUIRE(::pwrite(file.get(), "not these", 9, 100) == 9);
  SendPlaced(client, 1, 704, {100, 109});
  const dfs::wire::PipelineAck ack = client.ReceiveAck();
  REQUIRE(ack.replies.size() == 1);
  CHECK(ack.replies.front() == TransferStatus::kErrorChecksum);
}

TEST_CASE("write in place: only for a new block of one replica, over the Unix socket", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime);
  RawClient remote(a.port());
  Ask(remote, WriteOperation(705));
  CHECK(remote.ReceiveResponse().status() == hadoop::hdfs::ERROR_UNSUPPORTED);
  RawClient chain(a.unix_path());
  Ask(chain, WriteOperation(705, {&b}));
  CHECK(chain.ReceiveResponse().status() == hadoop::hdfs::ERROR_UNSUPPORTED);
  a.stored().MakeFinalized(706, 1001, 10);
  RawClient append(a.unix_path());
  OpWriteBlockProto op = WriteOperation(706);
  op.set_stage(OpWriteBlockProto::PIPELINE_SETUP_APPEND);
  Ask(append, op);
  CHECK(append.ReceiveResponse().status() == hadoop::hdfs::ERROR_UNSUPPORTED);
  RawClient twice(a.unix_path());
  Ask(twice, WriteOperation(706));
  CHECK(twice.ReceiveResponse().status() == hadoop::hdfs::ERROR_EXISTS);
}

}  // namespace
}  // namespace mrd::datanode
