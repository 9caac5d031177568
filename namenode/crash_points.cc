#include "namenode/crash_points.h"

namespace mrd::namenode {

std::vector<std::string_view> CrashPointNames() {
  return {
      "recovery.before_cut",     "recovery.after_cut",       "recovery.before_rename", "segment.before_rename",
      "segment.after_rename",    "segment.before_finish",    "edit.before_append",     "edit.before_write",
      "edit.before_flush",       "edit.before_answer",       "reply.before_send",      "checkpoint.before_apply",
      "checkpoint.before_sync",  "checkpoint.before_mark",   "checkpoint.after_sync",  "purge.before_remove",
      "purge.after_remove",
  };
}

}  // namespace mrd::namenode
