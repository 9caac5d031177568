#include "namenode/service/user_groups.h"

#include <utility>

#include "common/base/environment.h"

namespace mrd::namenode {
namespace {

constexpr std::int64_t kKeepMs = 300'000;
constexpr std::size_t kUsersMax = 10'000;  // a client may invent names; beyond this the cache starts anew

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace

Result<UserGroups> UserGroups::Parse(std::string_view overrides) {
  UserGroups groups;
  for (const std::string& part : Split(overrides, ';')) {
    const std::size_t equals = part.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return InvalidArgument("hadoop.user.group.static.mapping.overrides: \"" + part +
                             "\" is not of the form user=group1,group2");
    }
    groups.fixed_[part.substr(0, equals)] = Split(std::string_view(part).substr(equals + 1), ',');
  }
  return groups;
}

const std::vector<std::string>& UserGroups::Of(const std::string& user, std::int64_t now_ms) {
  if (const auto fixed = fixed_.find(user); fixed != fixed_.end()) return fixed->second;
  if (cached_.size() > kUsersMax) cached_.clear();
  Cached& cached = cached_[user];
  if (now_ms >= cached.until_ms) {
    cached.groups = GroupsOfUser(user);
    cached.until_ms = now_ms + kKeepMs;
  }
  return cached.groups;
}

}  // namespace mrd::namenode
