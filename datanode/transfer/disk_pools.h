#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/net/runtime.h"
#include "datanode/store/volume.h"

namespace mrd::datanode {

// Threads for the disks: some for each volume, so that a slow one delays nobody else, and some for work that is not of one
// volume yet. Thread-safe.
class DiskPools {
 public:
  DiskPools(std::size_t volumes, std::size_t threads_per_volume) : any_("disk", threads_per_volume) {
    for (std::size_t i = 0; i < volumes; ++i)
      pools_.push_back(std::make_unique<net::BlockingPool>("disk" + std::to_string(i), threads_per_volume));
  }

  net::BlockingPool& Of(const Volume& volume) { return *pools_[volume.index()]; }
  net::BlockingPool& any() { return any_; }

 private:
  net::BlockingPool any_;
  std::vector<std::unique_ptr<net::BlockingPool>> pools_;
};

}  // namespace mrd::datanode
