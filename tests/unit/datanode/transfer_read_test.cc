// The reading operations of the data port, and what it does with what is none.

#include <catch2/catch.hpp>

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>
#include <thread>

#include "common/base/clock.h"
#include "common/base/unique_fd.h"
#include "dfs/wire/file_checksum.h"
#include "dfs/wire/meta_header.h"
#include "tests/unit/datanode/transfer_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::wire::Operation;

// Reads a range to the end; the bytes begin at the returned chunk offset.
std::string ReadRange(RawClient& client, const hadoop::hdfs::OpReadBlockProto& op, std::uint64_t* chunk_offset) {
  client.SendOperation(Operation::kReadBlock, op);
  const auto response = client.ReceiveResponse();
  REQUIRE(response.status() == hadoop::hdfs::SUCCESS);
  *chunk_offset = response.readopchecksuminfo().chunkoffset();
  dfs::wire::ChecksumSpec spec;
  spec.type = static_cast<dfs::ChecksumType>(response.readopchecksuminfo().checksum().type());
  CHECK(spec.type == (op.sendchecksums() ? dfs::ChecksumType::kCrc32c : dfs::ChecksumType::kNull));
  std::string data;
  for (std::int64_t seqno = 0;; ++seqno) {
    const RawClient::Packet packet = client.ReceivePacket(spec);
    CHECK(packet.seqno == seqno);
    CHECK(packet.offset == *chunk_offset + data.size());
    if (packet.last) {
      CHECK(packet.data.empty());
      return data;
    }
    data += packet.data;
  }
}

TEST_CASE("data port: any range is read, in whole chunks, again and again on one connection", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  constexpr std::uint64_t kLength = 3'000'123;
  a.stored().MakeFinalized(600, 1001, kLength);
  struct Case {
    std::uint64_t offset, length;
  };
  RawClient client(a.port());
  for (const Case& c : {Case{0, kLength}, Case{0, 1}, Case{511, 2}, Case{1'234'567, 1'000'000}, Case{kLength - 1, 1},
                        Case{kLength, 0}, Case{512, 512}}) {
    hadoop::hdfs::OpReadBlockProto op = ReadOperation(600, c.offset, c.length);
    for (const bool checksums : {true, false}) {
      op.set_sendchecksums(checksums);
      std::uint64_t begin = 0;
      const std::string data = ReadRange(client, op, &begin);
      CHECK(begin == c.offset - c.offset % 512);
      CHECK(begin + data.size() >= c.offset + c.length);
      CHECK(data == StoreFixture::Content(600, begin, begin + data.size()));
      client.Send(std::string("\x02\x08\x06", 3));  // CHECKSUM_OK
    }
  }
  // A client that sends no status but the next operation is served as well.
  std::uint64_t begin = 0;
  CHECK(ReadRange(client, ReadOperation(600, 0, 10), &begin).size() == 512);
  CHECK(ReadRange(client, ReadOperation(600, 0, 10), &begin).size() == 512);
}

TEST_CASE("data port: what cannot be read is refused with the reason", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferOptions options;
  options.reader_wait = std::chrono::milliseconds(100);
  TransferNode a(runtime, options);
  a.stored().MakeFinalized(601, 1001, 1000);
  const auto refuse = [&](hadoop::hdfs::OpReadBlockProto op) {
    RawClient client(a.port());
    client.SendOperation(Operation::kReadBlock, op);
    const auto response = client.ReceiveResponse();
    CHECK(response.status() == hadoop::hdfs::ERROR);
    CHECK(client.AtEnd());
    return response.message();
  };
  CHECK(refuse(ReadOperation(601, 0, 1001)).find("don't match block") != std::string::npos);
  CHECK(refuse(ReadOperation(601, UINT64_MAX, 1)).find("don't match block") != std::string::npos);
  CHECK(refuse(ReadOperation(601, 1, UINT64_MAX)).find("don't match block") != std::string::npos);
  CHECK(refuse(ReadOperation(602, 0, 1)).find("Replica not found") != std::string::npos);
  auto newer = ReadOperation(601, 0, 1);
  newer.mutable_header()->mutable_baseheader()->mutable_block()->set_generationstamp(1002);
  CHECK(refuse(newer).find("Replica gen stamp < block genstamp") != std::string::npos);
  auto older = ReadOperation(601, 0, 1);  // recovered since the client asked where it is
  older.mutable_header()->mutable_baseheader()->mutable_block()->set_generationstamp(1000);
  RawClient client(a.port());
  std::uint64_t begin = 0;
  CHECK(ReadRange(client, older, &begin).size() == 512);
}

TEST_CASE("data port: a reader waits for a replica that is being written to grow", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  const auto writer = *a.stored().store().CreateRbw(StoreFixture::New(603, 1001));
  REQUIRE(StoreFixture::Write(*writer, 0, 700).ok());
  std::thread grower([&] {
    ::usleep(100'000);
    (void)StoreFixture::Write(*writer, 700, 800);
  });
  RawClient client(a.port());
  std::uint64_t begin = 0;
  CHECK(ReadRange(client, ReadOperation(603, 0, 800), &begin) == StoreFixture::Content(603, 0, 800));
  grower.join();
}

TEST_CASE("data port: checksums of blocks, whole and in part", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  a.stored().MakeFinalized(604, 1001, 100'000);
  RawClient client(a.port());
  for (const std::uint64_t length : {100'000u, 99'328u, 99'999u, 1u, 0u}) {
    hadoop::hdfs::OpBlockChecksumProto op;
    SetHeader(op.mutable_header(), StoreFixture::Block(604, 1001, length));
    client.SendOperation(Operation::kBlockChecksum, op);
    const auto md5 = client.ReceiveResponse();
    REQUIRE(md5.status() == hadoop::hdfs::SUCCESS);
    const std::string content = StoreFixture::Content(604, 0, length);
    const auto expected = dfs::wire::BlockMd5(StoreFixture::Checksums(content));
    CHECK(md5.checksumresponse().blockchecksum() == std::string(expected.begin(), expected.end()));
    CHECK(md5.checksumresponse().bytespercrc() == 512);
    CHECK(md5.checksumresponse().crcperblock() == 196);
    CHECK(md5.checksumresponse().crctype() == hadoop::hdfs::CHECKSUM_CRC32C);

    op.mutable_blockchecksumoptions()->set_blockchecksumtype(hadoop::hdfs::COMPOSITE_CRC);
    client.SendOperation(Operation::kBlockChecksum, op);
    const auto composite = client.ReceiveResponse();
    REQUIRE(composite.status() == hadoop::hdfs::SUCCESS);
    REQUIRE(composite.checksumresponse().blockchecksum().size() == 4);
    CHECK(dfs::wire::LoadChecksum(composite.checksumresponse().blockchecksum().data()) ==
          dfs::wire::ChecksumOf(dfs::ChecksumType::kCrc32c, content));
  }
}

TEST_CASE("data port: a client of the same host gets the replica's descriptors", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  a.stored().MakeFinalized(605, 1001, 5000);
  hadoop::hdfs::OpRequestShortCircuitAccessProto op;
  SetHeader(op.mutable_header(), StoreFixture::Block(605, 1001, 5000));
  op.set_maxversion(1);
  RawClient remote(a.port());
  remote.SendOperation(Operation::kRequestShortCircuitFds, op);
  CHECK(remote.ReceiveResponse().status() == hadoop::hdfs::ERROR);

  RawClient local(a.unix_path());
  hadoop::hdfs::ShortCircuitShmRequestProto share;
  share.set_clientname("client");
  local.SendOperation(Operation::kRequestShortCircuitShm, share);
  hadoop::hdfs::ShortCircuitShmResponseProto shared;
  REQUIRE(shared.ParseFromString(local.ReceiveDelimited()));
  CHECK(shared.status() == hadoop::hdfs::ERROR_UNSUPPORTED);

  local.SendOperation(Operation::kRequestShortCircuitFds, op);
  const auto response = local.ReceiveResponse();
  REQUIRE(response.status() == hadoop::hdfs::SUCCESS);
  CHECK(response.shortcircuitaccessversion() == 1);
  char byte = 'x';
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  REQUIRE(::recvmsg(local.descriptor(), &message, 0) == 1);
  CHECK(byte == '\0');
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  REQUIRE(header != nullptr);
  std::array<int, 2> fds = {-1, -1};
  std::memcpy(fds.data(), CMSG_DATA(header), sizeof fds);
  const UniqueFd data(fds[0]), meta(fds[1]);
  std::string content(5000, '\0');
  REQUIRE(::pread(data.get(), content.data(), content.size(), 0) == 5000);
  CHECK(content == StoreFixture::Content(605, 0, 5000));
  std::string front(dfs::wire::kMetaHeaderBytes, '\0');
  REQUIRE(::pread(meta.get(), front.data(), front.size(), 0) == static_cast<ssize_t>(front.size()));
  CHECK(dfs::wire::DecodeMetaHeader(front).ok());
}

TEST_CASE("data port: what is no operation ends the connection, what is unknown is refused", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  const std::vector<std::string> garbage = {
      std::string("\x00\x1b\x51", 3), std::string("\x00\x1c\x01", 3), std::string("\xde\xad\xbe\xef", 4), "GET / HTTP/1.1\r\n",
      std::string("\x00\x1c\x51\xff\xff\xff\xff\xff\xff", 9), std::string("\x00\x1c\x51\x02zz", 6),
      std::string("\x00\x1c\x52\x00", 4)};
  for (const std::string& bytes : garbage) {
    RawClient client(a.port());
    client.Send(bytes);
    CHECK(client.AtEnd());
  }
  RawClient client(a.port());
  hadoop::hdfs::OpCustomProto custom;
  custom.set_customid("x");
  client.SendOperation(Operation::kCustom, custom);
  CHECK(client.ReceiveResponse().status() == hadoop::hdfs::ERROR_UNSUPPORTED);
  RawClient group(a.port());
  group.SendOperation(Operation::kBlockGroupChecksum, custom);  // whatever its message says
  const hadoop::hdfs::BlockOpResponseProto refused = group.ReceiveResponse();
  CHECK(refused.status() == hadoop::hdfs::ERROR_UNSUPPORTED);
  CHECK(refused.message() == "BLOCK_GROUP_CHECKSUM is not supported by this datanode");
}

TEST_CASE("data port: connections have limits in time and number", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferOptions options;
  options.first_operation_timeout = std::chrono::milliseconds(200);
  options.sessions_max = 1;
  TransferNode a(runtime, options);
  a.stored().MakeFinalized(606, 1001, 1000);
  RawClient idle(a.port());
  CHECK(idle.AtEnd());

  // The idle connection is closed a moment before it stops counting.
  std::optional<RawClient> client;
  for (int i = 0; i < 500; ++i) {
    client.emplace(a.port());
    client->SendOperation(Operation::kWriteBlock, WriteOperation(607));
    if (client->ReceiveResponse().status() == hadoop::hdfs::SUCCESS) break;
    client.reset();
    Pause(10);
  }
  REQUIRE(client);
  RawClient second(a.port());
  second.SendOperation(Operation::kReadBlock, ReadOperation(606, 0, 10));
  const auto busy = second.ReceiveResponse();
  CHECK(busy.status() == hadoop::hdfs::ERROR);
  CHECK(busy.message().find("dfs.datanode.max.transfer.threads") != std::string::npos);
}

}  // namespace
}  // namespace mrd::datanode
