#include "common/fs/keys.h"

namespace mrd::fs {
namespace {

constexpr ConfigKey kCoreKeys[] = {
    {.name = "fs.defaultFS",
     .old_name = "fs.default.name",
     .type = KeyType::kString,
     .default_value = "file:///",
     .unit = "",
     .description =
         "The file system that a path without a scheme belongs to: file:/// or hdfs://host:port.",
     .file = "core"},
    {.name = "hadoop.tmp.dir",
     .old_name = nullptr,
     .type = KeyType::kString,
     .default_value = "${env.XDG_DATA_HOME:-${user.home}/.local/share}/mr",
     .unit = "",
     .description =
         "The directory below which working files lie unless another key says otherwise. "
         "Hadoop's is below /tmp, which many systems empty at a restart.",
     .file = "core"},
    {.name = "io.file.buffer.size",
     .old_name = nullptr,
     .type = KeyType::kSize,
     .default_value = nullptr,
     .unit = "bytes",
     .description = "Accepted and ignored: every reader and writer has a buffer of the size that suits it.",
     .file = "core",
     .min = 1},
};

}  // namespace

std::span<const ConfigKey> CoreKeys() { return kCoreKeys; }

}  // namespace mrd::fs
