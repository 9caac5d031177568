#include "dfs/client/dfs_path.h"

#include <charconv>
#include <string_view>
#include <vector>

namespace mrd::dfs::client {

std::string DfsPath(const fs::Path& path) {
  std::vector<std::string_view> names;
  std::string_view rest = path.path();
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      names.push_back(name);
    } else if (!names.empty()) {
      names.pop_back();
    }
  }
  std::string result;
  for (const std::string_view name : names) result.append("/").append(name);
  return result.empty() ? "/" : result;
}

Result<NamenodeAddress> ParseAuthority(const std::string& authority, std::uint16_t default_port) {
  NamenodeAddress address;
  address.port = default_port;
  std::string_view text = authority;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return InvalidArgument("hdfs://" + authority + ": no \"]\" after the address");
    address.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    address.host = text.substr(0, text.find(':'));
    text.remove_prefix(address.host.size());
  }
  if (address.host.empty()) {
    return InvalidArgument("hdfs://" + authority +
                           ": no namenode is named; write hdfs://host:port/path or set fs.defaultFS");
  }
  if (text.empty()) return address;
  text.remove_prefix(1);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), address.port);
  if (error != std::errc() || stop != text.data() + text.size() || address.port == 0) {
    return InvalidArgument("hdfs://" + authority + ": \"" + std::string(text) + "\" is no port");
  }
  return address;
}

}  // namespace mrd::dfs::client
