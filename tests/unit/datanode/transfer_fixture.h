#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datanode/transfer/transfer_server.h"
#include "dfs/wire/operation.h"
#include "dfs/wire/pipeline_ack.h"
#include "proto/hdfs/datatransfer.pb.h"
#include "tests/unit/datanode/store_fixture.h"

namespace mrd::datanode {

// Remembers what the namenode would be told.
class RecordedEvents final : public BlockEvents {
 public:
  void Receiving(const dfs::Block& block, const std::string&) override { Add("receiving " + ToString(block)); }
  boost::asio::awaitable<void> Received(dfs::Block block, std::string, std::string hint) override {
    Add("received " + ToString(block) + " " + std::to_string(block.length) + (hint.empty() ? "" : " " + hint));
    co_return;
  }
  void Deleted(const dfs::Block& block, const std::string&) override { Add("deleted " + ToString(block)); }
  void Corrupt(const dfs::ExtendedBlock& block, const std::string&) override { Add("corrupt " + ToString(block.block)); }

  bool Has(const std::string& event) const;

 private:
  void Add(std::string event);
  mutable std::mutex mutex_;
  std::vector<std::string> events_;  // guarded by the mutex
};

// A data port over a store of its own, on a real loopback socket.
class TransferNode {
 public:
  explicit TransferNode(net::Runtime& runtime, TransferOptions options = {});
  ~TransferNode();

  StoreFixture& stored() { return stored_; }
  RecordedEvents& events() { return events_; }
  // What was logged of failures.
  std::string warnings() const {
    const std::lock_guard lock(warnings_mutex_);
    return warnings_;
  }
  TransferContext& context() { return *context_; }
  std::uint16_t port() const { return port_; }
  hadoop::hdfs::DatanodeInfoProto Info() const;  // as a client names it
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string unix_path() const { return unix_path_; }
  // Closes everything, as the death of the process does for its peers.
  void Die();

 private:
  net::Runtime& runtime_;
  StoreFixture stored_;
  RecordedEvents events_;
  mutable std::mutex warnings_mutex_;
  std::string warnings_;  // guarded by it
  Log log_{LogLevel::kWarn, [this](std::string_view line) {
             const std::lock_guard lock(warnings_mutex_);
             warnings_ += line;
           }};
  std::optional<DiskPools> disks_;
  std::optional<TransferContext> context_;
  std::unique_ptr<TransferServer> server_;
  test::TemporaryDir socket_dir_;
  std::string unix_path_;
  std::uint16_t port_ = 0;
};

// A client that speaks the protocol by hand, with blocking calls.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  explicit RawClient(const std::string& unix_path);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(const std::string& bytes);
  void SendOperation(dfs::wire::Operation operation, const google::protobuf::MessageLite& message);
  // Exactly so many bytes; fewer when the peer closes or five seconds pass.
  std::string Receive(std::size_t size);
  std::string ReceiveDelimited();  // "" when the peer closes
  hadoop::hdfs::BlockOpResponseProto ReceiveResponse();
  dfs::wire::PipelineAck ReceiveAck();  // no replies when the peer closes
  bool AtEnd();                         // the peer has closed
  int descriptor() const { return fd_; }

  struct Packet {
    std::int64_t seqno = 0;
    std::uint64_t offset = 0;
    std::string data;
    bool last = false;
    bool sync = false;
    std::optional<std::string> checksums = std::nullopt;  // other than the right ones
  };
  void SendPacket(const Packet& packet, const dfs::wire::ChecksumSpec& spec = {});
  // A packet from the node, its checksums compared. `last` alone means the end.
  Packet ReceivePacket(const dfs::wire::ChecksumSpec& spec = {});

 private:
  void Limit();
  int fd_ = -1;
};

// The usual operation: block `id` of stamp 1001, stage CREATE.
hadoop::hdfs::OpWriteBlockProto WriteOperation(std::int64_t id, const std::vector<TransferNode*>& targets = {});
hadoop::hdfs::OpReadBlockProto ReadOperation(std::int64_t id, std::uint64_t offset, std::uint64_t length);
void SetHeader(hadoop::hdfs::BaseHeaderProto* header, const dfs::ExtendedBlock& block);

}  // namespace mrd::datanode
