#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mrd::jobtracker {

inline constexpr std::uint32_t kNoPlace = 0xffffffff;

// Small numbers for hosts and racks, and which host is on which rack, as far as trackers told.
class Places {
 public:
  std::uint32_t Host(std::string_view name);
  std::uint32_t Rack(std::string_view name);
  // kNoPlace while no tracker on the host has registered.
  std::uint32_t RackOf(std::uint32_t host) const { return hosts_[host].rack; }
  // True if the host's rack was not known, or another.
  bool SetRack(std::uint32_t host, std::uint32_t rack);

  // Trackers on the host that get work.
  std::uint32_t Usable(std::uint32_t host) const { return hosts_[host].usable; }
  void AddUsable(std::uint32_t host, int delta) { hosts_[host].usable += static_cast<std::uint32_t>(delta); }

 private:
  struct HostPlace {
    std::uint32_t rack = kNoPlace;
    std::uint32_t usable = 0;
  };
  std::unordered_map<std::string, std::uint32_t> host_numbers_;
  std::unordered_map<std::string, std::uint32_t> rack_numbers_;
  std::vector<HostPlace> hosts_;
};

}  // namespace mrd::jobtracker
