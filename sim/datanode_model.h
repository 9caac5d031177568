#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "namenode/blocks/types.h"
#include "sim/disk_model.h"
#include "sim/ledger.h"
#include "sim/namenode_model.h"
#include "sim/network.h"
#include "sim/plant.h"

namespace mrd::sim {

class Population;

// What a member of a pipeline answers. Where it failed says which one is bad.
struct PipelineReply {
  bool ok = true;
  std::size_t bad = 0;  // place in the pipeline
  std::string why;
};

struct PipelineSetUp {
  DiskModel::SetUp setup;
  std::vector<Endpoint> rest;  // the members behind this one
  std::size_t place = 0;
};

struct PipelinePacket {
  dfs::BlockId block;
  std::uint64_t writer = 0;
  std::uint64_t offset = 0;
  std::string bytes;
  bool sync = false;  // to the disk before it is acknowledged
  bool last = false;  // ends the block
  std::vector<Endpoint> rest;
  std::size_t place = 0;
};

// A datanode process with one volume: registers, heartbeats, obeys, reports, takes part in pipelines and recoveries, as
// the real one does. Its disk outlives its lives.
class DatanodeModel {
 public:
  DatanodeModel(Network& network, NamenodeModel& namenode, Population& all, Ledger& ledger, Plant plant, int number);

  Endpoint endpoint() const { return endpoint_; }
  const std::string& uuid() const { return uuid_; }
  const DiskModel& disk() const { return disk_; }
  DiskModel& disk() { return disk_; }
  bool up() const { return network_.up(endpoint_); }

  void Start();
  // `power`: the machine, not only the process.
  void Crash(bool power);
  // Its clock is set: what it waits for comes sooner or later.
  void JumpClock(Millis by) { clock_jump_ += by; }
  // Every operation on the disk takes up to so long.
  void SetDiskDelay(Millis most) { disk_delay_ = most; }

  // ---- What others call ---------------------------------------------------------------------------------------------
  Task<Result<PipelineReply>> SetUp(PipelineSetUp request);
  Task<Result<PipelineReply>> Take(PipelinePacket packet);
  Task<Result<std::string>> Read(dfs::Block block);
  Task<Result<Nothing>> Ping();
  // Sends the replica to another node; for a client (of an unfinished block) or on the namenode's order.
  Task<Result<Nothing>> SendCopy(dfs::Block block, Endpoint target, bool for_client);
  Task<Result<Nothing>> BeginCopy(dfs::Block block, std::uint64_t writer);
  Task<Result<Nothing>> EndCopy(dfs::Block block, std::uint64_t writer, std::string bytes, bool finalized);
  Task<Result<std::optional<datanode::RecoverableReplica>>> InitRecovery(dfs::Block block, dfs::GenerationStamp stamp);
  Task<Result<dfs::Block>> UpdateRecovery(dfs::Block block, dfs::GenerationStamp stamp, std::uint64_t length);

 private:
  bool Alive(std::uint64_t life) const { return up() && network_.life(endpoint_) == life; }
  // False when the process did not survive it.
  Task<bool> Disk();

  Task<void> Run(std::uint64_t life);
  Task<void> SendEvents(std::uint64_t life);
  Task<void> Scan(std::uint64_t life);
  Task<Result<Nothing>> Register();
  Task<Result<Nothing>> ReportAll();
  Task<Result<Nothing>> Beat(std::uint64_t life);
  void Obey(const namenode::Command& command);
  Task<void> Invalidate(std::vector<dfs::Block> blocks);
  Task<void> Copy(namenode::TransferCommand order);
  Task<void> Recover(namenode::RecoverBlockCommand order);
  Task<void> Verify(dfs::Block block);
  void Tell(namenode::BlockEvent::Kind kind, const dfs::Block& block, bool corrupt = false);
  Route ToNamenode() const;

  Network& network_;
  Clock& clock_;
  NamenodeModel& namenode_;
  Population& all_;
  Ledger& ledger_;
  const Plant plant_;
  const std::string uuid_;
  const std::string storage_;
  const Endpoint endpoint_;
  DiskModel disk_;
  Millis disk_delay_ = 1;
  Millis clock_jump_ = 0;

  // Of one life.
  std::uint64_t epoch_ = 0;
  bool registered_ = false;
  bool report_wanted_ = false;
  bool sending_ = false;
  std::uint64_t report_id_ = 0;
  Millis last_report_ = 0;
  std::uint32_t copies_ = 0;
  struct Event {
    namenode::BlockEvent event;
    bool corrupt = false;
  };
  std::deque<Event> events_;
};

// All datanodes, and what an observer sees of their disks.
class Population {
 public:
  std::vector<std::unique_ptr<DatanodeModel>>& nodes() { return nodes_; }
  DatanodeModel* ByUuid(const std::string& uuid);
  DatanodeModel* ByEndpoint(Endpoint endpoint);
  std::uint64_t NextWriter() { return ++writer_; }
  // Nodes whose disk has a sound replica that begins with `bytes`.
  std::vector<DatanodeModel*> Holding(dfs::BlockId block, const std::string& bytes) const;
  // To be asked before a node destroys bytes of a block on somebody's order: breaks the ledger when they are the last.
  void CheckLast(Ledger& ledger,
                 const DatanodeModel& node,
                 dfs::BlockId block,
                 std::uint64_t keeps,
                 const char* what) const;

 private:
  std::vector<std::unique_ptr<DatanodeModel>> nodes_;
  std::uint64_t writer_ = 0;
};

}  // namespace mrd::sim
