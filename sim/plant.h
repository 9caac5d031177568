#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mrd::sim {

// A fault that is built into the model on purpose, so that a test can show that the checkers find it.
enum class Plant : std::uint8_t {
  kNone,
  kAckBeforeStore,    // datanodes acknowledge data that they then do not keep
  kJournalLies,       // the journal says that a record is on the disk before it is
  kReplyBeforeFlush,  // the namenode answers before the flush
  kDeleteAtWill,      // datanodes delete another replica than they were told
  kNoRetryCache,      // the namenode carries repeated calls out again
  kSilentDatanodes,   // datanodes ignore orders to copy
};

// As mrd_sim's --plant takes it: "delete-at-will".
std::string_view PlantName(Plant plant);
std::optional<Plant> PlantNamed(std::string_view name);

}  // namespace mrd::sim
