#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>

#include "common/base/check.h"
#include "common/base/config.h"
#include "common/base/config_value.h"
#include "common/base/edit_distance.h"

namespace mrd {

void KeyRegistry::Add(std::span<const ConfigKey> keys) {
  for (const ConfigKey& key : keys) {
    // Two keys of one name would make the meaning of a file depend on the order of Add().
    MRD_CHECK(by_name_.emplace(key.name, &key).second);
    if (key.old_name != nullptr) MRD_CHECK(by_old_name_.emplace(key.old_name, &key).second);
    const bool has_value =
        key.default_value != nullptr && std::strstr(key.default_value, "${") == nullptr;
    if (has_value) MRD_CHECK(CheckValue(key, key.default_value).ok());
  }
}

const ConfigKey* KeyRegistry::Find(std::string_view name) const {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  if (const auto found = by_old_name_.find(name); found != by_old_name_.end()) return found->second;
  return nullptr;
}

std::optional<std::string> KeyRegistry::Nearest(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& [known, key] : by_name_) names.push_back(known);
  for (const auto& [known, key] : by_old_name_) names.push_back(known);
  return NearestName(name, names);
}

std::vector<const ConfigKey*> KeyRegistry::All() const {
  std::vector<const ConfigKey*> keys;
  for (const auto& [name, key] : by_name_) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), [](const ConfigKey* a, const ConfigKey* b) {
    return std::tuple(std::string_view(a->file), std::string_view(a->name)) <
           std::tuple(std::string_view(b->file), std::string_view(b->name));
  });
  return keys;
}

}  // namespace mrd
