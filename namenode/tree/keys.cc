#include "namenode/tree/keys.h"

namespace mrd::namenode {
namespace {

void PutBigEndian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

}  // namespace

std::string CounterKey(std::string_view name) { return std::string(1, kCounterPrefix).append(name); }

std::string CounterValue(std::uint64_t value) {
  std::string out;
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(value >> shift);
  return out;
}

Result<std::uint64_t> ParseCounterValue(std::string_view value) {
  if (value.size() != 8) {
    return Corruption("a counter's value has " + std::to_string(value.size()) + " bytes instead of 8");
  }
  std::uint64_t result = 0;
  for (std::size_t i = 8; i-- > 0;) result = result << 8 | static_cast<std::uint8_t>(value[i]);
  return result;
}

std::string InodeKey(dfs::InodeId id) {
  std::string key(1, kInodePrefix);
  PutBigEndian(key, static_cast<std::uint64_t>(id.value), 8);
  return key;
}

std::string BlockChunkKey(dfs::InodeId id, std::uint32_t chunk) {
  std::string key = InodeKey(id);
  PutBigEndian(key, chunk, 4);
  return key;
}

std::optional<InodeKeyParts> ParseInodeKey(std::string_view key) {
  if (key.empty() || key[0] != kInodePrefix || (key.size() != 9 && key.size() != 13)) return std::nullopt;
  InodeKeyParts parts;
  parts.id.value = static_cast<std::int64_t>(BigEndian(key.substr(1, 8)));
  if (key.size() == 13) {
    parts.chunk = static_cast<std::uint32_t>(BigEndian(key.substr(9)));
    if (parts.chunk == 0) return std::nullopt;
  }
  return parts;
}

std::optional<std::string_view> ParseCounterKey(std::string_view key) {
  if (key.size() < 2 || key[0] != kCounterPrefix) return std::nullopt;
  return key.substr(1);
}

}  // namespace mrd::namenode
