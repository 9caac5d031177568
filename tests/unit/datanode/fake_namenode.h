#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/rpc/server.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::datanode {

// A namenode that records what datanodes say and gives the orders that a test wants. Thread-safe.
class FakeNamenode final : public rpc::Service {
 public:
  // Port 0 takes a free one.
  explicit FakeNamenode(net::Runtime& runtime, std::uint16_t port = 0);
  ~FakeNamenode() override;

  std::uint16_t port() const { return port_; }
  void Order(const std::string& datanode_uuid, dfs::proto::CommandProto command);  // with its next heartbeat
  void ForgetRegistrations();                                                      // as after a restart
  void FailEvents(bool fail);

  int registrations() const;
  int heartbeats() const;
  int heartbeats(const std::string& datanode_uuid) const;
  // The last full report of all storages: "id_stamp/length/state", sorted.
  std::vector<std::string> LastReport(const std::string& datanode_uuid) const;
  // "RECEIVED blk_1_1001 100", in the order in which they came.
  bool HasEvent(const std::string& event) const;
  std::vector<dfs::proto::CommitBlockSynchronizationRequestProto> commits() const;
  std::vector<std::string> bad_blocks() const;

  std::string cluster_id = "CID-1";
  std::atomic<std::uint64_t> heartbeat_interval_ms{30};  // told at registration

  std::vector<std::string> protocols() const override { return {"mrd.DatanodeProtocol"}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  Result<std::string> Answer(const rpc::Call& call);
  Result<std::string> Register(std::string_view request);
  Result<std::string> Heartbeat(std::string_view request);
  Result<std::string> BlockReport(std::string_view request);
  Result<std::string> Events(std::string_view request);

  net::Runtime& runtime_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<rpc::Server> server_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::map<std::string, std::uint64_t> epochs_;
  std::map<std::string, std::deque<dfs::proto::CommandProto>> orders_;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> reports_;  // by node, storage
  std::vector<std::string> events_;
  std::vector<dfs::proto::CommitBlockSynchronizationRequestProto> commits_;
  std::vector<std::string> bad_blocks_;
  std::uint64_t next_epoch_ = 1;
  int registrations_ = 0;
  std::map<std::string, int> heartbeats_;
  bool fail_events_ = false;
};

}  // namespace mrd::datanode
