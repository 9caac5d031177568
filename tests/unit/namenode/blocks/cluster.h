#pragma once

// A namenode's Blocks with datanodes that a test moves by hand. Each call of time goes through `now`.

#include <algorithm>
#include <deque>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "common/base/random.h"
#include "namenode/blocks/blocks.h"

namespace mrd::namenode {

inline constexpr std::uint64_t kGiB = 1ull << 30;

inline dfs::Block MakeBlock(int n, int stamp = 1001, std::uint64_t length = 100) {
  return {{dfs::kFirstBlockId.value + n}, {stamp}, length};
}
inline dfs::BlockId IdOf(int n) { return {dfs::kFirstBlockId.value + n}; }

struct TestNode {
  NodeIndex index;
  std::uint64_t epoch = 0;
  Registration registration;
  std::uint64_t capacity = 100 * kGiB;
  std::uint64_t remaining = 90 * kGiB;
  std::uint32_t xceivers = 1;
  std::uint64_t last_report = 0;
  bool silent = false;
  const std::string& uuid() const { return registration.id.uuid; }
  std::string storage() const { return registration.storages[0].uuid; }
};

class Cluster {
 public:
  explicit Cluster(BlockOptions options = {}) : random(7), blocks(options, random) {
    blocks.SetIssued(IdOf(100'000), {1'000'000});
  }

  // Loading is over; without blocks that is the end of safe mode.
  Cluster& Started() {
    blocks.FinishLoading(now);
    return *this;
  }

  TestNode& AddNode(const std::string& rack = "/r1", const std::string& ip = "") {
    TestNode& node = nodes.emplace_back();
    const std::string n = std::to_string(nodes.size());
    const auto port = static_cast<std::uint16_t>(9000 + nodes.size());
    node.registration.id = {ip.empty() ? "10.0.0." + n : ip, "host" + n, "uuid" + n, port, 9864, 9867};
    node.registration.rack = rack;
    node.registration.storages = {{"DS-" + n, dfs::StorageType::kDisk, false}};
    Register(node);
    Beat(node);
    return node;
  }
  void AddNodes(int count, const std::string& rack = "/r1") {
    for (int i = 0; i < count; ++i) Report(AddNode(rack), {});
  }
  void Register(TestNode& node) {
    auto registered = blocks.Register(node.registration, now);
    if (!registered.ok()) throw std::runtime_error(registered.status().ToString());
    node.index = registered->node;
    node.epoch = registered->epoch;
  }
  HeartbeatReply Beat(TestNode& node, std::uint32_t transfers = 0) {
    HeartbeatReport report;
    for (const RegisteredStorage& storage : node.registration.storages) {
      dfs::StorageReport space;
      space.storage_uuid = storage.uuid;
      space.type = storage.type;
      space.failed = storage.failed;
      space.capacity = node.capacity;
      space.remaining = node.remaining;
      space.dfs_used = node.capacity - node.remaining;
      report.storages.push_back(space);
    }
    report.xceivers = node.xceivers;
    report.transfers = transfers;
    return blocks.Heartbeat(node.uuid(), node.epoch, report, now);
  }
  void BeatAll() {
    for (TestNode& node : nodes) {
      if (!node.silent) Beat(node);
    }
  }
  // Time goes by with heartbeats of all that are not silent.
  std::vector<TickOutcome> Advance(MonoMs ms, MonoMs step = 3'000) {
    std::vector<TickOutcome> outcomes;
    for (const MonoMs end = now + ms; now < end;) {
      now += std::min(step, end - now);
      BeatAll();
      outcomes.push_back(blocks.Tick(now));
    }
    return outcomes;
  }

  std::vector<dfs::BlockId> Report(TestNode& node, const std::vector<dfs::ReportedReplica>& replicas) {
    BlockReportPart part{node.storage(), ++node.last_report, 0, 1, replicas};
    auto outcome = blocks.ReportPart(node.uuid(), node.epoch, part, now);
    if (!outcome.ok()) throw std::runtime_error(outcome.status().ToString());
    return outcome->satisfied;
  }
  std::vector<dfs::BlockId> ReportBlocks(TestNode& node, const std::vector<dfs::Block>& finalized) {
    std::vector<dfs::ReportedReplica> replicas;
    for (const dfs::Block& block : finalized) replicas.push_back({block, dfs::ReplicaState::kFinalized});
    return Report(node, replicas);
  }
  std::vector<dfs::BlockId> Event(TestNode& node,
                                  BlockEvent::Kind kind,
                                  const dfs::Block& block,
                                  const std::string& hint = "") {
    const BlockEvent event{node.storage(), block, kind, hint};
    auto outcome = blocks.ReportEvents(node.uuid(), node.epoch, std::span(&event, 1), now);
    if (!outcome.ok()) throw std::runtime_error(outcome.status().ToString());
    return outcome->satisfied;
  }
  std::vector<dfs::BlockId> Received(TestNode& node, const dfs::Block& block, const std::string& hint = "") {
    return Event(node, BlockEvent::Kind::kReceived, block, hint);
  }
  void Deleted(TestNode& node, const dfs::Block& block) { Event(node, BlockEvent::Kind::kDeleted, block); }

  ReplicaTarget At(const TestNode& node) const {
    return {node.index, *blocks.nodes().FindStorage(node.index, node.storage())};
  }
  // A complete block with replicas on the nodes, written the ordinary way.
  dfs::Block Write(int n, std::uint32_t replication, const std::vector<std::size_t>& on) {
    dfs::Block block = MakeBlock(n, 1001, 0);
    std::vector<ReplicaTarget> targets;
    for (std::size_t i : on) targets.push_back(At(nodes[i]));
    blocks.AddOpen(block, {16386 + n}, replication, targets);
    block.length = 100;
    for (std::size_t i : on) Received(nodes[i], block);
    if (!blocks.Commit(block).ok() || !blocks.Complete(block.id)) throw std::runtime_error("block not complete");
    return block;
  }
  ReplicaCounts Count(int n) const { return blocks.Count(IdOf(n), now); }
  void Die(TestNode& node) {
    node.silent = true;
    Advance(640'000, 20'000);
  }

  template <typename T>
  static std::vector<T> Of(const HeartbeatReply& reply) {
    std::vector<T> found;
    for (const Command& command : reply.commands) {
      if (const T* one = std::get_if<T>(&command)) found.push_back(*one);
    }
    return found;
  }
  // Blocks that the node is told to delete now.
  std::vector<dfs::Block> Deletions(TestNode& node) {
    const auto commands = Of<InvalidateCommand>(Beat(node));
    return commands.empty() ? std::vector<dfs::Block>() : commands[0].blocks;
  }

  MonoMs now = 1'000;
  Random random;
  Blocks blocks;
  std::deque<TestNode> nodes;
};

}  // namespace mrd::namenode
