#include "tools/shell/settings.h"

#include <charconv>

#include "common/base/environment.h"

namespace mrd::shell {
namespace {

constexpr const char* kTrashInterval = "fs.trash.interval";
// Hadoop's releases spell it in the first way, its guides in the second.
constexpr const char* kSafeDeleteNames[] = {"hadoop.shell.safely.delete.limit.num.files",
                                            "hadoop.shell.delete.limit.num.files"};
constexpr const char* kUmask = "fs.permissions.umask-mode";

Result<std::int64_t> Number(const Config& config, const char* name, std::int64_t fallback) {
  if (!config.Get(name)) return fallback;
  return config.GetInt(name);
}

}  // namespace

Result<Settings> ReadSettings(const Config& config) {
  Settings settings;
  MRD_ASSIGN_OR_RETURN(settings.trash_interval_minutes, Number(config, kTrashInterval, 0));
  for (const char* name : kSafeDeleteNames) {
    MRD_ASSIGN_OR_RETURN(settings.safe_delete_files_max, Number(config, name, settings.safe_delete_files_max));
  }
  if (const auto text = config.Get(kUmask)) {
    const char* const end = text->data() + text->size();
    std::uint32_t mask = 0;
    const auto [stop, error] = std::from_chars(text->data(), end, mask, 8);
    // Hadoop also knows "u=rwx,g=rx": the client reads that; only -chmod without a class needs the mask here.
    if (error == std::errc() && stop == end && mask <= 0777) settings.umask = mask;
  }
  settings.home = HomeDirectory();
  return settings;
}

}  // namespace mrd::shell
