#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace mrd::jobtracker {

// Task numbers in the order in which they shall run. Entries that do not wait any more are passed over when they are
// met, so that a task that is in many queues is removed from all by changing its state.
class LazyQueue {
 public:
  void Push(std::uint32_t task) { items_.push_back(task); }

  // The first entry for which `waits` and `fits` hold, or -1. Entries at the front that do not wait are dropped. At
  // most kLookahead entries that wait but do not fit are passed over.
  template <typename Waits, typename Fits>
  std::int64_t Find(Waits&& waits, Fits&& fits) {
    while (head_ < items_.size() && !waits(items_[head_])) ++head_;
    if (head_ > kShrinkAt && head_ * 2 > items_.size()) Shrink();
    std::size_t unfit = 0;
    for (std::size_t i = head_; i < items_.size() && unfit < kLookahead; ++i) {
      if (!waits(items_[i])) continue;
      if (fits(items_[i])) return items_[i];
      ++unfit;
    }
    return -1;
  }
  // Calls `see` for entries that wait, at most `limit` of them.
  template <typename Waits, typename See>
  void Look(std::size_t limit, Waits&& waits, See&& see) const {
    for (std::size_t i = head_; i < items_.size() && limit > 0; ++i) {
      if (!waits(items_[i])) continue;
      see(items_[i]);
      --limit;
    }
  }
  // All entries, also such as do not wait any more.
  const std::vector<std::uint32_t>& items() const { return items_; }

 private:
  static constexpr std::size_t kLookahead = 16;
  static constexpr std::size_t kShrinkAt = 1'024;
  void Shrink() {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }

  std::vector<std::uint32_t> items_;
  std::size_t head_ = 0;
};

// The maps of one job that wait, by host and rack of their splits. Places are small numbers given by Places.
class PendingIndex {
 public:
  // Two queues: tasks that ran before come first.
  struct Queues {
    LazyQueue again;
    LazyQueue first;
    void Push(std::uint32_t task, bool ran_before) { (ran_before ? again : first).Push(task); }
    template <typename Waits, typename Fits>
    std::int64_t Find(Waits&& waits, Fits&& fits) {
      const std::int64_t found = again.Find(waits, fits);
      return found >= 0 ? found : first.Find(waits, fits);
    }
  };

  Queues& all() { return all_; }
  const Queues& all() const { return all_; }
  // Tasks none of whose hosts has a tracker (any more): nothing is gained by waiting.
  Queues& unhosted() { return unhosted_; }
  Queues& OnHost(std::uint32_t host) { return hosts_[host]; }
  Queues& OnRack(std::uint32_t rack) { return racks_[rack]; }
  // nullptr: none of the job's splits is there.
  Queues* FindHost(std::uint32_t host) { return Find(hosts_, host); }
  Queues* FindRack(std::uint32_t rack) { return Find(racks_, rack); }

 private:
  using Map = std::unordered_map<std::uint32_t, Queues>;  // looked up, never walked
  static Queues* Find(Map& map, std::uint32_t place) {
    const auto found = map.find(place);
    return found == map.end() ? nullptr : &found->second;
  }

  Queues all_;
  Queues unhosted_;
  Map hosts_;
  Map racks_;
};

}  // namespace mrd::jobtracker
