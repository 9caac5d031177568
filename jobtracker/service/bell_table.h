#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "jobtracker/service/bell.h"

namespace mrd::jobtracker {

// A bell for each name that somebody waits for. Threads: one.
class BellTable {
 public:
  // To wait for at once; a bell that was rung is of no more use.
  std::shared_ptr<Bell> At(const std::string& name) {
    std::shared_ptr<Bell>& bell = bells_[name];
    if (!bell) bell = std::make_shared<Bell>();
    return bell;
  }
  void Ring(std::string_view name) {
    const auto found = bells_.find(name);
    if (found == bells_.end()) return;
    const std::shared_ptr<Bell> bell = std::move(found->second);
    bells_.erase(found);
    bell->Ring();
  }
  void RingAll() {
    std::map<std::string, std::shared_ptr<Bell>, std::less<>> bells;
    bells.swap(bells_);
    for (const auto& [name, bell] : bells) bell->Ring();
  }

 private:
  std::map<std::string, std::shared_ptr<Bell>, std::less<>> bells_;
};

}  // namespace mrd::jobtracker
