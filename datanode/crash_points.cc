#include "datanode/crash_points.h"

#include <iterator>

#include "datanode/store/crash_names.h"

namespace mrd::datanode {

std::vector<std::string_view> CrashPointNames() {
  std::vector<std::string_view> names = {
      "block.before_last_ack",  "block.before_report",   "copy.before_answer",     "copy.before_send",
      "delete.before_report",   "packet.before_ack",     "recovery.after_commit",  "recovery.before_commit",
      "recovery.before_update", "register.before_attach", "report.before_storage", "report.after_storage",
  };
  const auto store = StoreCrashPoints();
  names.insert(names.end(), store.begin(), store.end());
  return names;
}

}  // namespace mrd::datanode
