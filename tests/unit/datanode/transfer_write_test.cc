// The writing operations of the data port, over loopback sockets, with a client that sends every byte by hand.

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

#include "dfs/wire/block_convert.h"
#include "tests/unit/datanode/transfer_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::ReplicaState;
using dfs::wire::Operation;
using dfs::wire::TransferStatus;
using hadoop::hdfs::OpWriteBlockProto;

// Until `condition` holds, or ten seconds have passed.
template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::yield();
    ::usleep(10'000);
  }
  return false;
}

bool AllGood(const dfs::wire::PipelineAck& ack) {
  return !ack.replies.empty() && dfs::wire::FirstBadReply(ack) == ack.replies.size();
}

// The packets of bytes [from, to), 64 KiB each, and the last, empty one; all acks are awaited.
void SendAll(RawClient& client, std::int64_t id, std::uint64_t from, std::uint64_t to, std::size_t nodes) {
  std::int64_t seqno = 0;
  for (std::uint64_t at = from; at < to;) {
    std::uint64_t end = std::min(to, at + 65536);
    if (at % 512 != 0) end = std::min(to, at + (512 - at % 512));  // fills the chunk first
    client.SendPacket({seqno++, at, StoreFixture::Content(id, at, end)});
    at = end;
  }
  client.SendPacket({seqno++, to, "", true});
  for (std::int64_t i = 0; i < seqno; ++i) {
    const dfs::wire::PipelineAck ack = client.ReceiveAck();
    REQUIRE(ack.seqno == i);
    REQUIRE(ack.replies.size() == nodes);
    REQUIRE(AllGood(ack));
  }
}

TEST_CASE("data port: a block goes through a pipeline of one or three nodes", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime), c(runtime);
  const std::size_t nodes = GENERATE(1u, 3u);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock,
                       nodes == 1 ? WriteOperation(500) : WriteOperation(500, {&b, &c}));
  const auto response = client.ReceiveResponse();
  CHECK(response.status() == hadoop::hdfs::SUCCESS);
  CHECK(response.has_firstbadlink());
  CHECK(response.firstbadlink().empty());
  SendAll(client, 500, 0, 1'000'001, nodes);
  CHECK(client.AtEnd());
  std::vector<TransferNode*> holders = {&a};
  if (nodes == 3) holders = {&a, &b, &c};
  for (TransferNode* const node : holders) {
    CHECK(node->warnings() == "");  // the next node closes at the end, and nobody takes that for a failure
    CHECK(node->events().Has("receiving blk_500_1001"));
    CHECK(node->events().Has("received blk_500_1001 1000001"));  // before the client heard of it
    CHECK(*node->stored().Read(StoreFixture::Block(500, 1001)) == StoreFixture::Content(500, 0, 1'000'001));
  }
}

TEST_CASE("data port: heartbeats and flushes are acknowledged, flushed bytes are visible", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, WriteOperation(501, {&b}));
  REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  client.SendPacket({-1, 0, ""});
  CHECK(client.ReceiveAck().seqno == -1);
  client.SendPacket({0, 0, StoreFixture::Content(501, 0, 700)});
  CHECK(AllGood(client.ReceiveAck()));
  RawClient::Packet empty;
  empty.seqno = 1;
  empty.offset = 700;
  empty.sync = true;
  client.SendPacket(empty);
  CHECK(client.ReceiveAck().seqno == 1);
  for (TransferNode* const node : {&a, &b})
    CHECK(*node->stored().store().VisibleLength(StoreFixture::Block(501, 1001)) == 700);
  // Java repeats the partial chunk, Go begins inside it.
  client.SendPacket({2, 512, StoreFixture::Content(501, 512, 900)});
  CHECK(AllGood(client.ReceiveAck()));
  client.SendPacket({3, 900, StoreFixture::Content(501, 900, 1024)});
  CHECK(AllGood(client.ReceiveAck()));
  RawClient::Packet last;
  last.seqno = 4;
  last.offset = 1024;
  last.data = StoreFixture::Content(501, 1024, 1500);  // the last packet may have data
  last.last = true;
  last.sync = true;
  client.SendPacket(last);
  CHECK(AllGood(client.ReceiveAck()));
  CHECK(client.AtEnd());
  for (TransferNode* const node : {&a, &b})
    CHECK(*node->stored().Read(StoreFixture::Block(501, 1001)) == StoreFixture::Content(501, 0, 1500));
}

TEST_CASE("data port: a client that goes leaves what was acknowledged, and recovers the stream elsewhere", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime);
  {
    RawClient client(a.port());
    client.SendOperation(Operation::kWriteBlock, WriteOperation(502, {&b}));
    REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
    client.SendPacket({0, 0, StoreFixture::Content(502, 0, 65536)});
    REQUIRE(AllGood(client.ReceiveAck()));
  }
  OpWriteBlockProto op = WriteOperation(502, {&a});
  op.set_stage(OpWriteBlockProto::PIPELINE_SETUP_STREAMING_RECOVERY);
  op.set_latestgenerationstamp(1002);
  op.set_minbytesrcvd(65536);
  op.set_maxbytesrcvd(70000);
  RawClient client(b.port());
  client.SendOperation(Operation::kWriteBlock, op);
  REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  SendAll(client, 502, 65536, 100'000, 2);
  for (TransferNode* const node : {&a, &b})
    CHECK(*node->stored().Read(StoreFixture::Block(502, 1002)) == StoreFixture::Content(502, 0, 100'000));
}

TEST_CASE("data port: a recovery stops the writer that is still connected", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  RawClient old(a.port());
  old.SendOperation(Operation::kWriteBlock, WriteOperation(503));
  REQUIRE(old.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  old.SendPacket({0, 0, StoreFixture::Content(503, 0, 1000)});
  REQUIRE(AllGood(old.ReceiveAck()));
  OpWriteBlockProto op = WriteOperation(503);
  op.set_stage(OpWriteBlockProto::PIPELINE_SETUP_STREAMING_RECOVERY);
  op.set_latestgenerationstamp(1002);
  op.set_minbytesrcvd(1000);
  op.set_maxbytesrcvd(1000);
  RawClient fresh(a.port());
  fresh.SendOperation(Operation::kWriteBlock, op);
  REQUIRE(fresh.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  CHECK(old.AtEnd());
  SendAll(fresh, 503, 1000, 2000, 1);
  CHECK(*a.stored().Read(StoreFixture::Block(503, 1002)) == StoreFixture::Content(503, 0, 2000));
}

TEST_CASE("data port: the node that dies in mid-pipeline is named, at setup and while streaming", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime), c(runtime);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, WriteOperation(504, {&b, &c}));
  REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  client.SendPacket({0, 0, StoreFixture::Content(504, 0, 1000)});
  REQUIRE(AllGood(client.ReceiveAck()));
  c.Die();
  client.SendPacket({1, 512, StoreFixture::Content(504, 512, 3000)});
  const dfs::wire::PipelineAck ack = client.ReceiveAck();
  CHECK(ack.seqno == 1);
  REQUIRE(ack.replies.size() == 3);
  CHECK(dfs::wire::FirstBadReply(ack) == 2);
  CHECK(client.AtEnd());

  RawClient second(a.port());
  second.SendOperation(Operation::kWriteBlock, WriteOperation(505, {&b, &c}));
  const auto refused = second.ReceiveResponse();
  CHECK(refused.status() == hadoop::hdfs::ERROR);
  CHECK(refused.firstbadlink() == c.address());
}

TEST_CASE("data port: a next node that is silent for too long is given up", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferOptions options;
  options.mirror_ack_timeout = std::chrono::milliseconds(300);
  TransferNode a(runtime, options);
  TransferNode stuck(runtime);
  // A node that answers the set-up and then never again: a listener of the test's own.
  Result<std::unique_ptr<net::Listener>> listener = runtime.Listen("127.0.0.1", 0);
  REQUIRE(listener.ok());
  OpWriteBlockProto op = WriteOperation(506, {&stuck});
  op.mutable_targets(0)->mutable_id()->set_xferport((*listener)->local().port);
  std::unique_ptr<net::Stream> accepted;
  std::thread silent([&] {
    std::function<net::awaitable<bool>()> accept = [&]() -> net::awaitable<bool> {
      Result<std::unique_ptr<net::Stream>> stream = co_await (*listener)->Accept({});
      if (!stream.ok()) co_return false;
      accepted = std::move(*stream);
      co_return (co_await accepted->Write(std::string_view("\x04\x08\x00\x12\x00", 5))).ok();
    };
    (void)runtime.Run<bool>(runtime.NewStrand(), accept);
  });
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, op);
  REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  silent.join();
  client.SendPacket({0, 0, StoreFixture::Content(506, 0, 1000)});
  const dfs::wire::PipelineAck ack = client.ReceiveAck();
  REQUIRE(ack.replies.size() == 2);
  CHECK(ack.replies[0] == TransferStatus::kSuccess);
  CHECK(ack.replies[1] == TransferStatus::kError);
}

TEST_CASE("data port: damaged packets are refused by the last node, and the one that sent them is named", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime);
  const bool two = GENERATE(true, false);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, two ? WriteOperation(507, {&b}) : WriteOperation(507));
  REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  RawClient::Packet bad{0, 0, StoreFixture::Content(507, 0, 1000)};
  bad.checksums = "12345678";
  client.SendPacket(bad);
  const dfs::wire::PipelineAck ack = client.ReceiveAck();
  REQUIRE_FALSE(ack.replies.empty());
  CHECK(ack.replies[0] == TransferStatus::kErrorChecksum);
  CHECK(client.AtEnd());
}

TEST_CASE("data port: appending goes on inside the last chunk", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime);
  for (TransferNode* const node : {&a, &b}) node->stored().MakeFinalized(508, 1001, 700);
  OpWriteBlockProto op = WriteOperation(508, {&b});
  op.set_stage(OpWriteBlockProto::PIPELINE_SETUP_APPEND);
  op.set_latestgenerationstamp(1005);
  op.set_minbytesrcvd(700);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, op);
  REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  SendAll(client, 508, 700, 200'000, 2);
  for (TransferNode* const node : {&a, &b})
    CHECK(*node->stored().Read(StoreFixture::Block(508, 1005)) == StoreFixture::Content(508, 0, 200'000));

  op.set_minbytesrcvd(200'000);  // the stamp is no longer that
  RawClient refused(a.port());
  refused.SendOperation(Operation::kWriteBlock, op);
  CHECK(refused.ReceiveResponse().status() == hadoop::hdfs::ERROR);
}

TEST_CASE("data port: recovering a close sends no packets", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime);
  for (TransferNode* const node : {&a, &b}) node->stored().MakeFinalized(509, 1001, 700);
  OpWriteBlockProto op = WriteOperation(509, {&b});
  op.set_stage(OpWriteBlockProto::PIPELINE_CLOSE_RECOVERY);
  op.set_latestgenerationstamp(1006);
  op.set_minbytesrcvd(700);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, op);
  CHECK(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  CHECK(client.AtEnd());
  for (TransferNode* const node : {&a, &b}) {
    CHECK(node->events().Has("received blk_509_1006 700"));
    CHECK(*node->stored().Read(StoreFixture::Block(509, 1006)) == StoreFixture::Content(509, 0, 700));
  }
}

TEST_CASE("data port: a block that exists is not created again", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  a.stored().MakeFinalized(510, 1001, 10);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, WriteOperation(510));
  CHECK(client.ReceiveResponse().status() == hadoop::hdfs::ERROR_EXISTS);
  CHECK(client.AtEnd());
}

TEST_CASE("data port: a replica is transferred as it is, for a client's pipeline and for the namenode", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime), b(runtime);
  const bool finalized = GENERATE(true, false);
  std::shared_ptr<ReplicaWriter> writer;
  if (finalized) {
    a.stored().MakeFinalized(511, 1001, 3'000'000);
  } else {
    writer = *a.stored().store().CreateRbw(StoreFixture::New(511, 1001));
    REQUIRE(StoreFixture::Write(*writer, 0, 3'000'000).ok());
  }
  hadoop::hdfs::OpTransferBlockProto op;
  SetHeader(op.mutable_header()->mutable_baseheader(), StoreFixture::Block(511, 1001, 3'000'000));
  op.mutable_header()->set_clientname("client");
  *op.add_targets() = b.Info();
  RawClient client(a.port());
  client.SendOperation(Operation::kTransferBlock, op);
  CHECK(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  CHECK(b.stored().Find(511).state == (finalized ? ReplicaState::kFinalized : ReplicaState::kRbw));
  CHECK(*b.stored().Read(StoreFixture::Block(511, 1001)) == StoreFixture::Content(511, 0, 3'000'000));
  CHECK(b.events().Has(finalized ? "received blk_511_1001 3000000" : "receiving blk_511_1001"));

  RawClient again(a.port());  // it is there already
  again.SendOperation(Operation::kTransferBlock, op);
  CHECK(again.ReceiveResponse().status() == hadoop::hdfs::ERROR);
}

TEST_CASE("data port: a balancer moves a replica, and the namenode hears which one is superfluous", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode source(runtime), destination(runtime);
  source.stored().MakeFinalized(512, 1001, 100'000);
  hadoop::hdfs::OpReplaceBlockProto op;
  SetHeader(op.mutable_header(), StoreFixture::Block(512, 1001, 100'000));
  op.set_delhint("uuid-of-the-full-node");
  *op.mutable_source() = source.Info();
  RawClient client(destination.port());
  client.SendOperation(Operation::kReplaceBlock, op);
  CHECK(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  CHECK(destination.events().Has("received blk_512_1001 100000 uuid-of-the-full-node"));
  CHECK(*destination.stored().Read(StoreFixture::Block(512, 1001)) == StoreFixture::Content(512, 0, 100'000));
}

TEST_CASE("data port: what a balancer moves keeps to the source's bandwidth", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferOptions slow;
  slow.packet_data_bytes = 16 << 10;
  slow.balance_bytes_per_second = 400'000;
  TransferNode source(runtime, slow), destination(runtime);
  source.stored().MakeFinalized(514, 1001, 400'000);
  hadoop::hdfs::OpReplaceBlockProto op;
  SetHeader(op.mutable_header(), StoreFixture::Block(514, 1001, 400'000));
  op.set_delhint("x");
  *op.mutable_source() = source.Info();
  RawClient client(destination.port());
  const std::int64_t began = Clock::System().MonotonicNanos();
  client.SendOperation(Operation::kReplaceBlock, op);
  CHECK(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  // Half a second's worth may pass at once.
  CHECK(Clock::System().MonotonicNanos() - began >= 400'000'000);
  CHECK(*destination.stored().Read(StoreFixture::Block(514, 1001)) == StoreFixture::Content(514, 0, 400'000));
}

TEST_CASE("data port: evicted writers are told at once, and what they wrote stays", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  a.stored().MakeFinalized(515, 1001, 100);
  CHECK(a.stored().store().EvictWriters() == 0);
  RawClient client(a.port());
  client.SendOperation(Operation::kWriteBlock, WriteOperation(516));
  CHECK(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
  client.SendPacket({0, 0, StoreFixture::Content(516, 0, 1000)});
  CHECK(client.ReceiveAck().replies.size() == 1);
  CHECK(a.stored().store().EvictWriters() == 1);
  CHECK(client.AtEnd());
  CHECK(a.stored().Find(516).block.length == 1000);
  CHECK(a.stored().store().EvictWriters() == 0);
  // The same client may go on here by a recovery of its pipeline.
  CHECK(a.stored().store().RecoverStreaming(StoreFixture::Block(516, 1001), dfs::GenerationStamp{1002}, {1000, 1000}).ok());
}

TEST_CASE("data port: a copy whose sender dies leaves nothing", "[transfer]") {
  net::Runtime runtime("test", 2);
  TransferNode a(runtime);
  {
    OpWriteBlockProto op = WriteOperation(513);
    op.mutable_header()->set_clientname("");
    RawClient client(a.port());
    client.SendOperation(Operation::kWriteBlock, op);
    client.SendPacket({0, 0, StoreFixture::Content(513, 0, 1000)});
    REQUIRE(Eventually([&] { return a.stored().store().Find(StoreFixture::Block(513, 1001)).ok(); }));
  }
  CHECK(Eventually([&] { return a.stored().store().replicas() == 0; }));
}

}  // namespace
}  // namespace mrd::datanode
