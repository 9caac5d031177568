// A session of the data port that is sent arbitrary bytes: operations, packets, acks. It must end, and leave a store whose
// finalized replicas match their checksums.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "datanode/transfer/session.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/operation.h"
#include "dfs/wire/packet.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temporary_dir.h"

namespace {

using namespace mrd;            // NOLINT: a test
using namespace mrd::datanode;  // NOLINT: a test

constexpr const char* kPool = "BP-1-127.0.0.1-1";

// Gives the input in pieces, then its end; what is written to it is dropped.
class InputStream final : public net::Stream {
 public:
  explicit InputStream(std::string bytes) : bytes_(std::move(bytes)) {}
  net::awaitable<Result<std::size_t>> ReadSome(char* out, std::size_t size) override {
    if (closed_ || at_ == bytes_.size()) co_return Unavailable("closed by peer");
    size = std::min({size, bytes_.size() - at_, std::size_t{700}});
    std::memcpy(out, bytes_.data() + at_, size);
    at_ += size;
    co_return size;
  }
  net::awaitable<Status> Write(std::string_view) override { co_return closed_ ? Cancelled("closed") : Status::Ok(); }
  net::awaitable<Status> Write2(std::string_view, std::string_view) override {
    co_return closed_ ? Cancelled("closed") : Status::Ok();
  }
  void Close() override { closed_ = true; }
  void SetIdleTimeout(std::chrono::milliseconds) override {}
  const net::Endpoint& local() const override { return address_; }
  const net::Endpoint& peer() const override { return address_; }

 private:
  const std::string bytes_;
  const net::Endpoint address_{"127.0.0.1", 1};
  std::size_t at_ = 0;
  bool closed_ = false;
};

// A pipeline goes nowhere: inputs name any address.
class NoConnector final : public net::Connector {
 public:
  net::awaitable<Result<std::unique_ptr<net::Stream>>> Connect(std::string, std::uint16_t,
                                                               std::chrono::milliseconds) override {
    co_return Unavailable("refused");
  }
};

class NoEvents final : public BlockEvents {
 public:
  void Receiving(const dfs::Block&, const std::string&) override {}
  boost::asio::awaitable<void> Received(dfs::Block, std::string, std::string) override { co_return; }
  void Deleted(const dfs::Block&, const std::string&) override {}
  void Corrupt(const dfs::ExtendedBlock&, const std::string&) override {}
};

// One node for all inputs, as a real one lives through many sessions.
struct Node {
  Node() {
    StoreOptions options;
    VolumeOptions volume;
    volume.dir = dir.path();
    options.volumes.push_back(volume);
    Result<std::unique_ptr<BlockStore>> opened = BlockStore::Open(Env::Posix(), Logger(log, ""), random, crash_points, options);
    MRD_CHECK(opened.ok());
    store = std::move(*opened);
    dfs::NamespaceInfo space;
    space.cluster_id = "CID-1";
    space.pool_id = kPool;
    MRD_CHECK(store->Attach(space).ok());
    TransferOptions transfer;
    transfer.reader_wait = transfer.drain_timeout = std::chrono::milliseconds(1);
    context.emplace(runtime, connector, Clock::System(), *store, disks, events, Logger(log, ""), transfer);
  }

  test::TemporaryDir dir;
  Log log{LogLevel::kOff};
  Random random{1};
  CrashPoints& crash_points = CrashPoints::None();
  std::unique_ptr<BlockStore> store;
  NoConnector connector;
  NoEvents events;
  DiskPools disks{1, 1};
  net::Runtime runtime{"fuzz", 1};
  std::optional<TransferContext> context;
};

Node& TheNode() {
  static Node node;
  return node;
}

void SetBlock(hadoop::hdfs::BaseHeaderProto* header, std::int64_t id) {
  const dfs::ExtendedBlock block{kPool, {dfs::BlockId{id}, dfs::GenerationStamp{1001}, 0}};
  dfs::wire::ToProto(block, header->mutable_block());
}

void AppendPacket(std::string& out, std::int64_t seqno, std::uint64_t offset, const std::string& data, bool last) {
  const dfs::wire::ChecksumSpec spec;
  std::string checksums(spec.ChecksumBytes(data.size()), '\0');
  dfs::wire::ComputeChecksums(spec, data, checksums.data());
  dfs::wire::PacketHeader header;
  header.offset_in_block = static_cast<std::int64_t>(offset);
  header.seqno = seqno;
  header.last_in_block = last;
  header.data_bytes = static_cast<std::uint32_t>(data.size());
  header.checksum_bytes = static_cast<std::uint32_t>(checksums.size());
  out.append(dfs::wire::EncodePacketFront(header).view());
  out += checksums + data;
}

std::string WriteSeed(const std::string& client) {
  hadoop::hdfs::OpWriteBlockProto op;
  SetBlock(op.mutable_header()->mutable_baseheader(), 1);
  op.mutable_header()->set_clientname(client);
  op.set_stage(hadoop::hdfs::OpWriteBlockProto::PIPELINE_SETUP_CREATE);
  op.set_pipelinesize(1);
  op.set_minbytesrcvd(0);
  op.set_maxbytesrcvd(0);
  op.set_latestgenerationstamp(0);
  dfs::wire::ToProto(dfs::wire::ChecksumSpec{}, op.mutable_requestedchecksum());
  std::string bytes;
  dfs::wire::AppendOperation(dfs::wire::Operation::kWriteBlock, op, bytes);
  AppendPacket(bytes, 0, 0, std::string(700, 'a'), false);
  AppendPacket(bytes, -1, 0, "", false);
  AppendPacket(bytes, 1, 512, std::string(600, 'a'), false);
  AppendPacket(bytes, 2, 1112, std::string(100, 'b'), false);
  AppendPacket(bytes, 3, 1212, "", true);
  return bytes;
}

std::string ReadSeed() {
  hadoop::hdfs::OpReadBlockProto op;
  SetBlock(op.mutable_header()->mutable_baseheader(), 1);
  op.mutable_header()->set_clientname("c");
  op.set_offset(100);
  op.set_len(700);
  std::string bytes;
  dfs::wire::AppendOperation(dfs::wire::Operation::kReadBlock, op, bytes);
  bytes += std::string("\x02\x08\x06", 3);
  hadoop::hdfs::OpBlockChecksumProto checksum;
  SetBlock(checksum.mutable_header(), 1);
  dfs::wire::AppendOperation(dfs::wire::Operation::kBlockChecksum, checksum, bytes);
  return bytes;
}

// A function of its own: g++ 12 without optimisation gives two bodies of a coroutine lambda here one name.
net::awaitable<bool> RunToItsEnd(std::shared_ptr<Session> session) {
  co_await session->Run();
  co_return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Node& node = TheNode();
  auto session = std::make_shared<Session>(
      *node.context, std::make_unique<InputStream>(std::string(reinterpret_cast<const char*>(data), size)),
      Session::Kind::kTcp);
  std::function<net::awaitable<bool>()> run = [session] { return RunToItsEnd(session); };
  node.runtime.Run<bool>(node.runtime.NewStrand(), std::move(run));
  for (const dfs::ReportedReplica& replica : node.store->ReportOf(node.store->volumes()[0]->storage_id())) {
    const dfs::ExtendedBlock block{kPool, replica.block};
    if (replica.state == dfs::ReplicaState::kFinalized && replica.block.length > 0) {
      const Result<std::unique_ptr<ReplicaReader>> reader = node.store->OpenReader(block);
      MRD_CHECK(reader.ok());
      MRD_CHECK((*reader)->Verify(0, (*reader)->length()).ok());
    }
    MRD_CHECK(node.store->Invalidate(block).ok());
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() { return {WriteSeed("c"), WriteSeed(""), ReadSeed(), WriteSeed("c") + ReadSeed()}; }
