#include "datanode/store/replica_name.h"

#include <charconv>

namespace mrd::datanode {
namespace {

constexpr std::string_view kPrefix = "blk_";
constexpr std::string_view kMetaSuffix = ".meta";

// Canonical decimal only: a file of another spelling would never be found again under its own name.
std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

}  // namespace

std::string DataFileName(dfs::BlockId id) { return std::string(kPrefix) + std::to_string(id.value); }

std::string MetaFileName(dfs::BlockId id, dfs::GenerationStamp stamp) {
  return DataFileName(id) + "_" + std::to_string(stamp.value) + std::string(kMetaSuffix);
}

std::string FinalizedSubdir(dfs::BlockId id) {
  return "subdir" + std::to_string((id.value >> 16) & 0x1F) + "/subdir" + std::to_string((id.value >> 8) & 0x1F);
}

std::optional<ReplicaFileName> ParseReplicaFileName(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  ReplicaFileName result;
  if (name.ends_with(kMetaSuffix)) {
    name.remove_suffix(kMetaSuffix.size());
    const std::size_t bar = name.rfind('_');
    if (bar == std::string_view::npos) return std::nullopt;
    const std::optional<std::int64_t> stamp = Number(name.substr(bar + 1));
    if (!stamp) return std::nullopt;
    result.stamp = dfs::GenerationStamp{*stamp};
    name = name.substr(0, bar);
  }
  const std::optional<std::int64_t> id = Number(name);
  if (!id) return std::nullopt;
  result.id = dfs::BlockId{*id};
  return result;
}

}  // namespace mrd::datanode
