#include "datanode/store/storage_info.h"

#include <cctype>
#include <cstring>
#include <map>

#include "common/base/config_value.h"
#include "common/base/hex.h"

namespace mrd::datanode {

std::string EncodeStorageInfo(const StorageInfo& info) {
  return "#Written when the volume joined its cluster. Do not edit.\n"
         "storageType=DATA_NODE\n"
         "layoutVersion=" + std::to_string(info.layout_version) + "\n" +
         "storageID=" + info.storage_id + "\n" +
         "datanodeUuid=" + info.datanode_uuid + "\n" +
         "clusterID=" + info.cluster_id + "\n" +
         "blockpoolID=" + info.pool_id + "\n" +
         "namespaceID=" + std::to_string(info.namespace_id) + "\n";
}

Result<StorageInfo> DecodeStorageInfo(std::string_view text, const std::string& path) {
  std::map<std::string, std::string, std::less<>> values;
  int line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      return Corruption(path + ": line " + std::to_string(line_number) + " is not name=value");
    values[std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  const auto number = [&](std::string_view name) -> Result<std::int64_t> {
    const auto found = values.find(name);
    if (found == values.end()) return Corruption(path + ": " + std::string(name) + " is missing");
    Result<std::int64_t> value = ParseInt(found->second);
    if (!value.ok()) return Corruption(path + ": " + std::string(name) + "=" + found->second + " is not a number");
    return value;
  };
  // Before all else: another layout may well lack the rest.
  MRD_ASSIGN_OR_RETURN(const std::int64_t layout, number("layoutVersion"));
  if (layout != kLayoutVersion) {
    return FailedPrecondition(path + ": its layout version is " + std::to_string(layout) + ", this program's is " +
                              std::to_string(kLayoutVersion) + "; use the program that wrote it, or another directory");
  }
  MRD_ASSIGN_OR_RETURN(const std::int64_t namespace_id, number("namespaceID"));
  StorageInfo info;
  info.namespace_id = static_cast<std::uint32_t>(namespace_id);
  const std::pair<const char*, std::string*> texts[] = {{"storageID", &info.storage_id},
                                                        {"datanodeUuid", &info.datanode_uuid},
                                                        {"clusterID", &info.cluster_id},
                                                        {"blockpoolID", &info.pool_id}};
  for (const auto& [name, field] : texts) {
    const auto found = values.find(std::string_view(name));
    if (found == values.end() || found->second.empty()) return Corruption(path + ": " + name + " is missing");
    *field = found->second;
  }
  MRD_RETURN_IF_ERROR(CheckPoolId(info.pool_id).WithContext(path));
  return info;
}

Status CheckPoolId(std::string_view pool_id) {
  bool good = !pool_id.empty() && pool_id.size() <= 255 && pool_id.front() != '.';
  for (const char c : pool_id) {
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) || std::strchr("-_.:", c) != nullptr;
    good = good && c != '\0' && allowed;
  }
  if (good) return Status::Ok();
  return InvalidArgument("block pool id '" + std::string(pool_id.substr(0, 100)) + "' cannot name a directory");
}

std::string MakeUuid(Random& random) {
  unsigned char bytes[16];
  for (int half = 0; half < 2; ++half) {
    const std::uint64_t bits = random.Next();
    std::memcpy(bytes + half * 8, &bits, 8);
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // version 4: random
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);  // the usual variant
  std::string text = ToHex(bytes, sizeof(bytes));
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, "-");
  return text;
}

}  // namespace mrd::datanode
