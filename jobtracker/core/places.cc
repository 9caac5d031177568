#include "jobtracker/core/places.h"

namespace mrd::jobtracker {

std::uint32_t Places::Host(std::string_view name) {
  const auto [entry, made] = host_numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(hosts_.size()));
  if (made) hosts_.emplace_back();
  return entry->second;
}

std::uint32_t Places::Rack(std::string_view name) {
  const auto number = static_cast<std::uint32_t>(rack_numbers_.size());
  return rack_numbers_.try_emplace(std::string(name.empty() ? "/default-rack" : name), number).first->second;
}

bool Places::SetRack(std::uint32_t host, std::uint32_t rack) {
  if (hosts_[host].rack == rack) return false;
  hosts_[host].rack = rack;
  return true;
}

}  // namespace mrd::jobtracker
