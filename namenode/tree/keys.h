#pragma once

// Keys and values of the namespace's durable map (namenode/edits.h). All integers of keys are big-endian, so that the
// map's order is the order of ids.
//
//   'C' name                 a counter: an unsigned 64-bit little-endian value
//   'I' id(8)                an inode, with the first 64 blocks of a file
//   'I' id(8) chunk(4)       blocks [64 * chunk, 64 * chunk + 64) of a long file; chunk >= 1
//
// Values begin with a version byte; inode_record.h has the rest. Other first bytes belong to other parts of the core.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "dfs/types.h"

namespace mrd::namenode {

inline constexpr char kCounterPrefix = 'C';  // never change
inline constexpr char kInodePrefix = 'I';    // never change

// The tree's own counter. The core's: "block-id", "generation-stamp".
inline constexpr std::string_view kNextInodeCounter = "inode-id";

std::string CounterKey(std::string_view name);
std::string CounterValue(std::uint64_t value);
// kCorruption when it is not what CounterValue makes.
Result<std::uint64_t> ParseCounterValue(std::string_view value);

std::string InodeKey(dfs::InodeId id);
std::string BlockChunkKey(dfs::InodeId id, std::uint32_t chunk);

// What a key says. `chunk` is 0 for the inode itself.
struct InodeKeyParts {
  dfs::InodeId id;
  std::uint32_t chunk = 0;
};
// nullopt when the key is not one of an inode.
std::optional<InodeKeyParts> ParseInodeKey(std::string_view key);
// The name of the counter; nullopt when the key is not one of a counter.
std::optional<std::string_view> ParseCounterKey(std::string_view key);

// One pair as a line of JSON (no newline), for people:
// {"inode":16386,"parent":16385,"name":"a","type":"directory",...}.
// Without a value: {"inode":16386,"erased":true}. Bytes that are not UTF-8 become U+FFFD. A key or value that cannot be
// read shows as {"key":"<hex>","error":"..."}, so a dump never stops.
std::string RenderAsJson(std::string_view key, const std::optional<std::string>& value);

}  // namespace mrd::namenode
