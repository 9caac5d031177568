#include "sim/plant.h"

#include <array>

namespace mrd::sim {
namespace {

// In the order of the values.
constexpr std::array<std::string_view, 7> kNames = {"none",           "ack-before-store", "journal-lies",
                                                    "reply-before-flush", "delete-at-will",   "no-retry-cache",
                                                    "silent-datanodes"};

}  // namespace

std::string_view PlantName(Plant plant) { return kNames[static_cast<std::size_t>(plant)]; }

std::optional<Plant> PlantNamed(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Plant>(i);
  }
  return std::nullopt;
}

}  // namespace mrd::sim
