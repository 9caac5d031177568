#pragma once

#include <memory>
#include <vector>

#include "sim/client_model.h"
#include "sim/clock.h"
#include "sim/datanode_model.h"
#include "sim/ledger.h"
#include "sim/namenode_model.h"
#include "sim/network.h"
#include "sim/plant.h"
#include "sim/task.h"

namespace mrd::sim {

// A namenode, datanodes and clients on one clock, and the trouble that they meet. How many there are and what happens
// to them is drawn from the clock's seed.
class Cluster {
 public:
  Cluster(Clock& clock, Plant plant);

  void Start();
  // Crashes, partitions, slow and lying disks, clocks that jump, until the clock passes `end`.
  void BeginTrouble(Millis end);
  // Everything is up and reachable again, and clients begin nothing new.
  void EndTrouble();

  NamenodeModel& namenode() { return *namenode_; }
  Population& datanodes() { return datanodes_; }
  std::vector<std::unique_ptr<ClientModel>>& clients() { return clients_; }
  Ledger& ledger() { return ledger_; }
  Clock& clock() { return clock_; }

 private:
  Task<void> Trouble(Millis end);
  Task<void> NamenodeCrash();
  Task<void> DatanodeCrash(DatanodeModel* node);
  DatanodeModel& SomeDatanode();
  Task<void> Partition();
  void Rot();
  void Weather();

  Clock& clock_;
  Tasks tasks_;
  Network network_;
  Ledger ledger_;
  std::unique_ptr<NamenodeModel> namenode_;
  Population datanodes_;
  std::vector<std::unique_ptr<ClientModel>> clients_;
  bool quiet_ = false;
};

}  // namespace mrd::sim
