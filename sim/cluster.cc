#include "sim/cluster.h"

#include <algorithm>
#include <utility>

namespace mrd::sim {

Cluster::Cluster(Clock& clock, Plant plant) : clock_(clock), tasks_(clock), network_(clock, tasks_), ledger_(clock) {
  namenode_ = std::make_unique<NamenodeModel>(network_, ledger_, plant);
  const std::int64_t nodes = clock.Between(3, 6);
  for (int i = 0; i < nodes; ++i) {
    datanodes_.nodes().push_back(std::make_unique<DatanodeModel>(network_, *namenode_, datanodes_, ledger_, plant, i));
  }
  const std::int64_t clients = clock.Between(1, 3);
  for (int i = 0; i < clients; ++i) {
    clients_.push_back(std::make_unique<ClientModel>(network_, *namenode_, datanodes_, ledger_, i));
  }
}

void Cluster::Start() {
  namenode_->Start();
  for (const auto& node : datanodes_.nodes()) node->Start();
  for (const auto& client : clients_) client->Start();
}

void Cluster::BeginTrouble(Millis end) { tasks_.Spawn(Trouble(end)); }

void Cluster::EndTrouble() {
  clock_.Trace("sim", "the trouble ends");
  quiet_ = true;
  network_.HealAll();
  network_.faults() = NetworkFaults();
  namenode_->journal().flush_max = 4;
  if (!namenode_->up()) namenode_->Start();
  for (const auto& node : datanodes_.nodes()) {
    node->SetDiskDelay(1);
    if (!node->up()) node->Start();
  }
  for (const auto& client : clients_) client->Stop();
}

DatanodeModel& Cluster::SomeDatanode() {
  return *datanodes_.nodes()[clock_.random().Below(datanodes_.nodes().size())];
}

Task<void> Cluster::Trouble(Millis end) {
  const bool stormy = clock_.Chance(0.5);
  while (clock_.now() < end && !quiet_) {
    co_await Sleep(clock_, clock_.Between(100, stormy ? 4'000 : 12'000));
    if (quiet_) co_return;
    const std::int64_t what = clock_.Between(0, 99);
    DatanodeModel* const node = &SomeDatanode();
    if (what < 15) {
      if (namenode_->up()) tasks_.Spawn(NamenodeCrash());
    } else if (what < 40) {
      if (node->up()) tasks_.Spawn(DatanodeCrash(node));
    } else if (what < 60) {
      tasks_.Spawn(Partition());
    } else if (what < 72) {
      Rot();
    } else if (what < 82) {
      Weather();
    } else if (what < 90) {
      node->SetDiskDelay(clock_.Chance(0.5) ? 1 : clock_.Between(10, 1'500));
    } else if (what < 94) {
      node->JumpClock(clock_.Between(-15'000, 30'000));
    } else if (what < 97) {
      namenode_->JumpWallClock(clock_.Between(-3'600'000, 3'600'000));
    } else {
      namenode_->journal().flush_max = clock_.Chance(0.5) ? 4 : clock_.Between(20, 2'000);
    }
  }
}

Task<void> Cluster::NamenodeCrash() {
  namenode_->Crash();
  co_await Sleep(clock_, clock_.Between(10, clock_.Chance(0.8) ? 3'000 : 30'000));
  if (!namenode_->up()) namenode_->Start();
}

Task<void> Cluster::DatanodeCrash(DatanodeModel* node) {
  node->Crash(clock_.Chance(0.4));
  co_await Sleep(clock_, clock_.Between(10, clock_.Chance(0.7) ? 5'000 : 60'000));
  if (!node->up()) node->Start();
}

// One process from another, or from all.
Task<void> Cluster::Partition() {
  const auto some =
      [&] { return static_cast<Endpoint>(clock_.Between(0, static_cast<std::int64_t>(network_.size()) - 1)); };
  const Endpoint a = some();
  std::vector<Endpoint> others;
  if (clock_.Chance(0.3)) {
    for (Endpoint b = 0; b < network_.size(); ++b) others.push_back(b);
  } else {
    others.push_back(some());
  }
  clock_.Trace("net", network_.name(a) + " is cut off from " + (others.size() > 1 ? "all" : network_.name(others[0])));
  for (const Endpoint b : others) {
    if (b != a) network_.Cut(a, b);
  }
  co_await Sleep(clock_, clock_.Between(100, clock_.Chance(0.8) ? 6'000 : 40'000));
  for (const Endpoint b : others) network_.Heal(a, b);
}

// A replica vanishes from its disk, or its bytes change. Some sound one stays, so that nothing may be lost.
void Cluster::Rot() {
  for (int attempt = 0; attempt < 5; ++attempt) {
    auto& nodes = datanodes_.nodes();
    DatanodeModel& node = SomeDatanode();
    auto& replicas = node.disk().replicas();
    if (replicas.empty()) continue;
    auto at = replicas.begin();
    std::advance(at, clock_.Between(0, static_cast<std::int64_t>(replicas.size()) - 1));
    if (at->second.state != dfs::ReplicaState::kFinalized) continue;
    const auto equal = [&](const std::unique_ptr<DatanodeModel>& other) {
      const ReplicaModel* const replica = other->disk().Find(at->first);
      return other.get() != &node && replica != nullptr && !replica->rotten && replica->state == at->second.state &&
             replica->stamp == at->second.stamp && replica->data == at->second.data;
    };
    if (at->second.rotten || std::none_of(nodes.begin(), nodes.end(), equal)) continue;
    const bool vanish = clock_.Chance(0.5);
    const std::string what = vanish ? "loses" : "rots";
    clock_.Trace(node.uuid(), what + " its replica of " + std::to_string(at->first.value));
    ledger_.MarkFragile(at->first, Ledger::Damage::kDisk);
    if (vanish) {
      replicas.erase(at);
    } else {
      at->second.rotten = true;
    }
    return;
  }
}

void Cluster::Weather() {
  NetworkFaults faults;
  if (clock_.Chance(0.6)) {
    faults.lose = clock_.random().NextDouble() * 0.1;
    faults.duplicate = clock_.random().NextDouble() * 0.2;
    faults.slow = clock_.random().NextDouble() * 0.1;
    faults.delay_max = clock_.Between(1, 100);
  }
  network_.faults() = faults;
}

}  // namespace mrd::sim
