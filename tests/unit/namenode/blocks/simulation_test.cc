// Whole clusters on virtual time, from a seed: datanodes die, come back, lose a disk; answers and events are lost or
// late; reports are composed before they arrive; deletions take their time; blocks are written, removed, corrupted.
// What is checked: no order ever dooms the last good replica of a block; in the end every block has what it should
// have and nothing else lies around; the same seed gives the same orders.

#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {
namespace {

struct Replica {
  dfs::Block block;
  bool bad = false;
  MonoMs delete_at = -1;  // ordered; happens then
};

struct Message {  // an event or a part of a report on its way
  MonoMs at = 0;
  std::optional<BlockEvent> event;
  std::optional<BlockReportPart> part;
};

struct SimNode {
  TestNode* known = nullptr;
  std::map<dfs::BlockId, Replica> disk;
  std::deque<Message> out;  // in order
  std::deque<std::pair<MonoMs, TransferCommand>> copies;
  bool up = true;
  MonoMs back_at = 0;
  MonoMs next_report = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : chance_(seed), cluster_(Options()) {
    cluster_.Started();
    for (int i = 0; i < 8; ++i) {
      sims_.emplace_back();
      sims_.back().known = &cluster_.AddNode("/rack" + std::to_string(i % 3));
      SendReport(sims_.back());
    }
    Deliver();
  }

  void Run(int seconds, bool faults) {
    for (int i = 0; i < seconds; ++i) {
      cluster_.now += 1'000;
      if (faults) Faults();
      Serve();
      Deliver();
      const TickOutcome outcome = cluster_.blocks.Tick(cluster_.now);
      for (NodeIndex node : outcome.died) Note(node.value);
      if (i % 3 == 0) Note(cluster_.blocks.ComputeWork(cluster_.now));
    }
  }
  void EndFaults() {
    for (SimNode& node : sims_) {
      if (!node.up) node.back_at = cluster_.now;
    }
  }

  void CheckSettled() {
    const Blocks& blocks = cluster_.blocks;
    CHECK(blocks.Stats().under_replicated == 0);
    CHECK(blocks.Stats().missing_blocks == 0);
    CHECK(blocks.Stats().corrupt_blocks == 0);
    CHECK(blocks.pending_copies() == 0);
    CHECK(blocks.pending_deletions() == 0);
    for (const auto& [id, wanted] : wanted_) {
      CAPTURE(id.value);
      std::set<std::string> racks;
      std::uint32_t good = 0;
      for (const SimNode& node : sims_) {
        auto at = node.disk.find(id);
        if (at == node.disk.end()) continue;
        CHECK_FALSE(at->second.bad);
        ++good;
        racks.insert(node.known->registration.rack);
      }
      CHECK(good == wanted);
      CHECK(blocks.Count(id, cluster_.now).live == wanted);
      if (wanted > 1) CHECK(racks.size() > 1);
    }
    for (const SimNode& node : sims_) {
      for (const auto& [id, replica] : node.disk) CHECK(wanted_.contains(id));
    }
  }

  std::uint64_t digest() const { return digest_; }
  int deletions() const { return deletions_; }
  int copies() const { return copies_; }
  int wipes() const { return wipes_; }
  std::size_t blocks() const { return wanted_.size(); }

 private:
  static BlockOptions Options() {
    BlockOptions options;
    options.recheck_interval_ms = 10'000;
    options.pending_timeout_ms = 60'000;
    options.excess_repeat_ms = 90'000;
    options.confirm_unknown_after_ms = 20'000;
    options.report_grace_ms = 30'000;
    options.sweep_per_tick = 40;
    return options;
  }

  void Note(std::uint64_t value) {
    digest_ ^= value;
    digest_ = SplitMix64(digest_);
  }

  bool Chance(std::uint64_t of) { return chance_.Below(of) == 0; }

  std::size_t GoodCopies(dfs::BlockId id, const SimNode* without = nullptr) const {
    std::size_t good = 0;
    for (const SimNode& node : sims_) {
      auto at = node.disk.find(id);
      if (&node != without && at != node.disk.end() && !at->second.bad && at->second.delete_at < 0) ++good;
    }
    return good;
  }

  void Faults() {
    std::size_t down = 0;
    for (const SimNode& node : sims_) down += node.up ? 0 : 1;
    if (down < 3 && Chance(25)) {
      SimNode& node = sims_[chance_.Below(sims_.size())];
      if (node.up) Crash(node, 5'000 + static_cast<MonoMs>(chance_.Below(200'000)));
    }
    if (Chance(3)) Write();
    if (Chance(12) && !wanted_.empty()) {
      auto at = std::next(wanted_.begin(), static_cast<std::ptrdiff_t>(chance_.Below(wanted_.size())));
      cluster_.blocks.Remove(at->first);
      wanted_.erase(at);
    }
    if (Chance(10) && !wanted_.empty()) {
      auto at = std::next(wanted_.begin(), static_cast<std::ptrdiff_t>(chance_.Below(wanted_.size())));
      at->second = 1 + static_cast<std::uint32_t>(chance_.Below(4));
      cluster_.blocks.SetReplication(at->first, at->second);
    }
    if (Chance(15)) Corrupt(sims_[chance_.Below(sims_.size())]);
    if (Chance(15)) Wipe(sims_[chance_.Below(sims_.size())]);
  }

  void Crash(SimNode& node, MonoMs down_ms) {
    node.up = false;
    node.back_at = cluster_.now + down_ms;
    node.out.clear();
    node.copies.clear();
    // Deletions that were ordered but not done are forgotten, or not: some stores remember them.
    for (auto& [id, replica] : node.disk) {
      if (replica.delete_at >= 0 && Chance(2)) replica.delete_at = -1;
    }
  }

  // A disk is lost only while its node is known to be dead, and never the last good copy: of a loss that nobody can
  // know of yet, or that leaves nothing, no decision here is guilty.
  void Wipe(SimNode& node) {
    if (node.up || cluster_.blocks.nodes().node(node.known->index).alive) return;
    for (const auto& [id, replica] : node.disk) {
      if (wanted_.contains(id) && GoodCopies(id, &node) == 0) return;
    }
    node.disk.clear();
    ++wipes_;
  }

  void Corrupt(SimNode& node) {
    if (node.disk.empty() || !node.up) return;
    auto at = std::next(node.disk.begin(), static_cast<std::ptrdiff_t>(chance_.Below(node.disk.size())));
    if (!wanted_.contains(at->first) || GoodCopies(at->first, &node) == 0) return;
    // An event that still travels would pass for a new copy.
    for (const Message& message : node.out) {
      if (message.event && message.event->block.id == at->first) return;
    }
    at->second.bad = true;
    cluster_.blocks.ReportCorrupt(node.known->index, node.known->storage(), at->second.block);
  }

  void Write() {
    PlacementRequest request;
    const std::uint32_t replication = 1 + static_cast<std::uint32_t>(chance_.Below(4));
    request.count = replication;
    request.block_size = 100;
    const PlacementResult result = cluster_.blocks.Place(request, cluster_.now);
    std::vector<SimNode*> members;
    for (ReplicaTarget target : result.targets) {
      SimNode& node = sims_[target.node.value];
      if (node.up) members.push_back(&node);
    }
    if (members.empty()) return;
    dfs::Block block = MakeBlock(next_block_++, 1001, 0);
    cluster_.blocks.AddOpen(block, {16386}, replication, result.targets);
    block.length = 100;
    for (SimNode* node : members) {
      node->disk[block.id] = {block};
      SendEvent(*node, BlockEvent::Kind::kReceived, block);
    }
    REQUIRE(cluster_.blocks.Commit(block).ok());
    // The first member's word comes at once, as with the last acknowledgement.
    cluster_.Received(*members[0]->known, block);
    if (!cluster_.blocks.Complete(block.id)) {
      // Its registration had run out: the write failed.
      cluster_.blocks.Remove(block.id);
      return;
    }
    wanted_[block.id] = replication;
  }

  void SendEvent(SimNode& node, BlockEvent::Kind kind, const dfs::Block& block) {
    Message message;
    message.at = cluster_.now + static_cast<MonoMs>(chance_.Below(8'000));
    message.event = BlockEvent{node.known->storage(), block, kind, ""};
    node.out.push_back(std::move(message));
  }

  // Composed now; its two parts arrive later, beside events that were sent since.
  void SendReport(SimNode& node) {
    std::vector<dfs::ReportedReplica> halves[2];
    for (const auto& [id, replica] : node.disk) {
      halves[chance_.Below(2)].push_back({replica.block, dfs::ReplicaState::kFinalized});
    }
    const std::uint64_t report = ++node.known->last_report;
    for (std::uint32_t i = 0; i < 2; ++i) {
      Message message;
      message.at = cluster_.now + static_cast<MonoMs>(chance_.Below(15'000));
      message.part = BlockReportPart{node.known->storage(), report, i, 2, std::move(halves[i])};
      node.out.push_back(std::move(message));
    }
    node.next_report = cluster_.now + 200'000;
  }

  void Deliver() {
    for (SimNode& node : sims_) {
      if (!node.up) continue;
      // Events keep their order among each other; reports travel beside them.
      bool event_waits = false;
      for (auto at = node.out.begin(); at != node.out.end();) {
        const bool due = at->at <= cluster_.now && !(at->event && event_waits);
        if (!due) {
          event_waits |= at->event.has_value();
          ++at;
          continue;
        }
        const Message message = std::move(*at);
        at = node.out.erase(at);
        Send(node, message);
      }
    }
  }
  void Send(SimNode& node, const Message& message) {
    TestNode& known = *node.known;
    Blocks& blocks = cluster_.blocks;
    const auto outcome =
        message.part ? blocks.ReportPart(known.uuid(), known.epoch, *message.part, cluster_.now)
                     : blocks.ReportEvents(known.uuid(), known.epoch, std::span(&*message.event, 1), cluster_.now);
    if (!outcome.ok()) node.next_report = 0;  // it registers with the next heartbeat
  }

  void Serve() {
    for (SimNode& node : sims_) {
      if (!node.up) {
        if (cluster_.now < node.back_at) continue;
        node.up = true;
        Register(node);
      }
      for (auto at = node.disk.begin(); at != node.disk.end();) {
        if (at->second.delete_at < 0 || at->second.delete_at > cluster_.now) {
          ++at;
          continue;
        }
        SendEvent(node, BlockEvent::Kind::kDeleted, at->second.block);
        at = node.disk.erase(at);
      }
      if (cluster_.now >= node.next_report) SendReport(node);
      Copy(node);
      if ((cluster_.now / 1'000 + node.known->index.value) % 3 == 0) Beat(node);
    }
  }
  void Register(SimNode& node) {
    cluster_.Register(*node.known);
    node.out.clear();
    for (const auto& [id, replica] : node.disk) {
      if (replica.bad) cluster_.blocks.ReportCorrupt(node.known->index, node.known->storage(), replica.block);
    }
    SendReport(node);
  }

  void Copy(SimNode& node) {
    while (!node.copies.empty() && node.copies.front().first <= cluster_.now) {
      const TransferCommand order = node.copies.front().second;
      node.copies.pop_front();
      auto source = node.disk.find(order.block.id);
      if (source == node.disk.end() || source->second.bad || source->second.block.stamp != order.block.stamp) continue;
      for (const dfs::ReplicaLocation& target : order.targets) {
        for (SimNode& other : sims_) {
          if (other.known->uuid() != target.node.id.uuid || !other.up || other.disk.contains(order.block.id)) continue;
          other.disk[order.block.id] = {source->second.block};
          SendEvent(other, BlockEvent::Kind::kReceived, source->second.block);
          ++copies_;
        }
      }
    }
  }

  void Beat(SimNode& node) {
    const HeartbeatReply reply = cluster_.Beat(*node.known, static_cast<std::uint32_t>(node.copies.size()));
    if (reply.must_register) return Register(node);
    // The answer may be lost. What it would have done is not known to the namenode.
    const bool lost = Chance(10);
    for (const Command& command : reply.commands) {
      if (const auto* order = std::get_if<InvalidateCommand>(&command)) Doom(node, *order, lost);
      if (const auto* order = std::get_if<TransferCommand>(&command); order != nullptr && !lost) {
        Note(static_cast<std::uint64_t>(order->block.id.value));
        node.copies.emplace_back(cluster_.now + 1'000 + static_cast<MonoMs>(chance_.Below(10'000)), *order);
      }
    }
    if (reply.request_full_report && !lost) SendReport(node);
  }

  void Doom(SimNode& node, const InvalidateCommand& order, bool lost) {
    for (const dfs::Block& block : order.blocks) {
      Note(static_cast<std::uint64_t>(block.id.value) ^ node.known->index.value);
      auto at = node.disk.find(block.id);
      if (lost || at == node.disk.end() || at->second.block.stamp != block.stamp) continue;
      ++deletions_;
      if (at->second.delete_at < 0) at->second.delete_at = cluster_.now + static_cast<MonoMs>(chance_.Below(30'000));
      CAPTURE(block.id.value, node.known->index.value, cluster_.now);
      if (wanted_.contains(block.id)) REQUIRE(GoodCopies(block.id) >= 1);
    }
  }

  Random chance_;
  Cluster cluster_;
  std::deque<SimNode> sims_;
  std::map<dfs::BlockId, std::uint32_t> wanted_;  // complete blocks and their replication
  int next_block_ = 0;
  int deletions_ = 0;
  int copies_ = 0;
  int wipes_ = 0;
  std::uint64_t digest_ = 1;
};

}  // namespace

TEST_CASE("simulation: the last good copy is never doomed, replication converges", "[blocks]") {
  int deletions = 0;
  int copies = 0;
  int wipes = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Simulation simulation(seed);
    simulation.Run(1'200, true);
    simulation.EndFaults();
    simulation.Run(1'500, false);
    simulation.CheckSettled();
    CHECK(simulation.blocks() > 50);
    deletions += simulation.deletions();
    copies += simulation.copies();
    wipes += simulation.wipes();
  }
  // It did something.
  CHECK(deletions > 5'000);
  CHECK(copies > 5'000);
  CHECK(wipes > 20);
}

TEST_CASE("simulation: the same seed gives the same orders", "[blocks]") {
  for (std::uint64_t seed : {3, 4}) {
    Simulation a(seed), b(seed);
    a.Run(600, true);
    b.Run(600, true);
    CHECK(a.digest() == b.digest());
  }
  Simulation a(5), b(6);
  a.Run(600, true);
  b.Run(600, true);
  CHECK(a.digest() != b.digest());
}

}  // namespace mrd::namenode
