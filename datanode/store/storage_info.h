#pragma once

// What a volume's VERSION file says: whose data lie here. Lines of "name=value" like HDFS's.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/random.h"
#include "common/base/status.h"

namespace mrd::datanode {

// Of the directory layout and of the files in it. Never reused for another layout.
inline constexpr std::uint32_t kLayoutVersion = 1;

struct StorageInfo {
  std::uint32_t layout_version = kLayoutVersion;
  std::string storage_id;  // "DS-<uuid>"
  std::string datanode_uuid;
  std::string cluster_id;
  std::string pool_id;
  std::uint32_t namespace_id = 0;
  friend bool operator==(const StorageInfo&, const StorageInfo&) = default;
};

std::string EncodeStorageInfo(const StorageInfo& info);
// kCorruption naming the line at fault or the missing name; kFailedPrecondition when the layout is not ours. `path` is for
// messages.
Result<StorageInfo> DecodeStorageInfo(std::string_view text, const std::string& path);

// A pool id becomes the name of a directory: letters, digits, '-', '_', '.' and ':', not beginning with '.', at most 255.
Status CheckPoolId(std::string_view pool_id);

// "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".
std::string MakeUuid(Random& random);

}  // namespace mrd::datanode
