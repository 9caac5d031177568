#include "datanode/store/crash_names.h"

#include <array>

namespace mrd::datanode {

std::span<const std::string_view> StoreCrashPoints() {
  static constexpr std::array<std::string_view, 18> kNames = {
      "append.before_data",     "append.before_meta",     "convert.before_data",  "convert.before_meta",
      "create.before_data",     "create.before_meta",     "cut.before_checksum",  "cut.before_data",
      "cut.before_meta",        "finalize.before_data",   "finalize.before_meta", "finalize.after_data",
      "invalidate.before_data", "invalidate.before_meta", "stamp.before_meta",    "version.before_write",
      "write.before_data",      "write.before_meta",
  };
  return kNames;
}

}  // namespace mrd::datanode
