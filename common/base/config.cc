#include "common/base/config.h"

#include <algorithm>
#include <utility>

#include "common/base/config_value.h"
#include "common/base/edit_distance.h"
#include "common/base/environment.h"
#include "common/base/site_file.h"

namespace mrd {
namespace {

constexpr std::string_view kOwnPrefix = "mr.";
constexpr char kDefaultSource[] = "default";
constexpr std::size_t kExpansionDepthMax = 20;
constexpr std::size_t kExpandedBytesMax = 1 << 20;

// The index of the '}' that closes the reference whose "${" is at `open`; npos when there is none.
std::size_t ReferenceEnd(std::string_view text, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) {
      ++depth;
      ++i;
    } else if (text[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

Status Malformed(const Status& why,
                 std::string_view name,
                 std::string_view value,
                 std::string_view source) {
  return InvalidArgument(std::string(name) + "=" + std::string(value) + ": " + why.message() +
                         " (from " + std::string(source) + ")");
}

}  // namespace

// A property as it is read: expanded, with its key if it is a known one.
struct Config::Found {
  std::string name;
  const ConfigKey* key = nullptr;
  std::string value;
  std::string source;

  Status Malformed(const Status& why) const { return mrd::Malformed(why, name, value, source); }
};

// Replaces references in values. One object per value read.
class Config::Expander {
 public:
  // `name` is whose value is expanded, so that one that refers to itself ends.
  Expander(const Config& config, std::string name) : config_(config), names_{std::move(name)} {}

  std::string Expand(std::string_view text) {
    std::string result;
    while (true) {
      const std::size_t open = text.find("${");
      const std::size_t close = open == std::string_view::npos ? open : ReferenceEnd(text, open);
      if (close == std::string_view::npos) return result += text;
      result += text.substr(0, open);
      const std::string_view reference = text.substr(open + 2, close - open - 2);
      const std::optional<std::string> value = Resolve(reference);
      // Growth is bounded over the whole value: references may double at each level.
      if (value && expanded_bytes_ + value->size() <= kExpandedBytesMax) {
        expanded_bytes_ += value->size();
        result += *value;
      } else {
        result += text.substr(open, close + 1 - open);
      }
      text.remove_prefix(close + 1);
    }
  }

 private:
  std::optional<std::string> Resolve(std::string_view reference) {
    if (reference.starts_with("env.")) return ResolveVariable(reference.substr(4));
    const ConfigKey* key = config_.registry_->Find(reference);
    const std::string name(key != nullptr ? key->name : reference);
    if (const auto entry = config_.entries_.find(name); entry != config_.entries_.end()) {
      return ExpandNested(name, entry->second.value);
    }
    if (key != nullptr && key->default_value != nullptr)
      return ExpandNested(name, key->default_value);
    if (name == "user.name") return CurrentUserName();
    if (name == "user.home") return HomeDirectory();
    return std::nullopt;
  }

  // "NAME", "NAME:-default" or "NAME-default".
  std::optional<std::string> ResolveVariable(std::string_view reference) {
    const std::size_t dash = reference.find('-');
    if (dash == std::string_view::npos) return EnvironmentVariable(std::string(reference));
    std::string_view name = reference.substr(0, dash);
    const bool empty_counts_as_unset = name.ends_with(':');
    if (empty_counts_as_unset) name.remove_suffix(1);
    std::optional<std::string> value = EnvironmentVariable(std::string(name));
    if (value && !(empty_counts_as_unset && value->empty())) return value;
    return ExpandNested("", reference.substr(dash + 1));
  }

  // Nothing when `name` is already being expanded, or the nesting is too deep.
  std::optional<std::string> ExpandNested(const std::string& name, std::string_view value) {
    const bool is_cycle =
        !name.empty() && std::find(names_.begin(), names_.end(), name) != names_.end();
    if (is_cycle || names_.size() >= kExpansionDepthMax) return std::nullopt;
    names_.push_back(name);
    std::string expanded = Expand(value);
    names_.pop_back();
    return expanded;
  }

  const Config& config_;
  std::vector<std::string>
      names_;  // being expanded, outermost first; "" for an environment default
  std::size_t expanded_bytes_ = 0;
};

Config::Config(const KeyRegistry& registry) : registry_(&registry) {}

// ---- Setting ----------------------------------------

Status Config::AddResource(Env& env, const std::string& path) {
  Result<std::string> text = ReadWholeFile(env, path);
  if (!text.ok()) return text.status().WithContext("configuration file");
  return AddResourceText(*text, path);
}

Status Config::AddResourceText(std::string_view xml, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const std::vector<SiteProperty> properties, ParseSiteFile(xml, path));
  for (const SiteProperty& property : properties) {
    const std::string place = path + ":" + std::to_string(property.line);
    MRD_RETURN_IF_ERROR(AddProperty(property.name, property.value, property.final, path, place));
  }
  return Status::Ok();
}

Status Config::AddProperty(std::string_view given_name,
                           std::string_view value,
                           bool final,
                           const std::string& source,
                           const std::string& place) {
  MRD_ASSIGN_OR_RETURN(const std::string name, Accept(given_name, place));
  Entry& entry = entries_[name];
  if (entry.final) {
    if (entry.source != source || entry.value != value) {
      AddNotice(name + " is final in " + entry.source + "; the value from " + source +
                " is ignored.");
    }
    return Status::Ok();
  }
  if (entry.from_set && !final) return Status::Ok();
  if (entry.from_set)
    AddNotice(name + " is final in " + source + "; the value from " + entry.source +
              " is ignored.");
  entry = Entry{std::string(value), source, final, false};
  return Status::Ok();
}

Status Config::Set(std::string_view given_name, std::string_view value, std::string_view source) {
  MRD_ASSIGN_OR_RETURN(const std::string name, Accept(given_name, std::string(source)));
  const ConfigKey* key = registry_->Find(name);
  // A value with references is checked when it is read, since what they mean may still change.
  if (key != nullptr && value.find("${") == std::string_view::npos) {
    if (const Status status = CheckValue(*key, value); !status.ok()) {
      return Malformed(status, given_name, value, source);
    }
  }
  Entry& entry = entries_[name];
  if (entry.final) {
    AddNotice(name + " is final in " + entry.source + "; the value from " + std::string(source) +
              " is ignored.");
    return Status::Ok();
  }
  entry = Entry{std::string(value), std::string(source), false, true};
  return Status::Ok();
}

Status Config::SetFromCommandLine(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string text(assignment);
  if (equals == std::string_view::npos) {
    return InvalidArgument("-D " + text + ": there is no '=' in it; write -D name=value");
  }
  std::string_view name = assignment.substr(0, equals);
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  if (name.empty())
    return InvalidArgument("-D " + text + ": there is no name before '='; write -D name=value");
  MRD_RETURN_IF_ERROR(Set(name, assignment.substr(equals + 1), "command line"));
  // Jobs have keys of their own, so that an unknown one is no error; but a slip of the fingers has no effect either.
  constexpr std::size_t kSlipMax = 2;
  if (registry_->Find(name) != nullptr) return Status::Ok();
  const std::optional<std::string> nearest = registry_->Nearest(name);
  if (nearest && EditDistance(name, *nearest) <= kSlipMax) {
    AddNotice(std::string(name) + " is not a key of this version; did you mean " + *nearest + "?");
  }
  return Status::Ok();
}

Result<std::string> Config::Accept(std::string_view given_name, const std::string& place) {
  const std::string name(given_name);
  const ConfigKey* key = registry_->Find(name);
  if (key != nullptr) {
    if (name != key->name) AddNotice(name + " is deprecated. Instead, use " + key->name);
    return std::string(key->name);
  }
  if (!given_name.starts_with(kOwnPrefix)) return name;
  const std::optional<std::string> nearest = registry_->Nearest(name);
  const std::string hint =
      nearest ? "; did you mean " + *nearest + "?" : "; docs/configuration.md lists all keys";
  return InvalidArgument(name + ": unknown configuration key (from " + place + ")" + hint);
}

void Config::AddNotice(std::string notice) {
  if (std::find(notices_.begin(), notices_.end(), notice) == notices_.end())
    notices_.push_back(std::move(notice));
}

// ---- Reading ----------------------------------------

std::optional<Config::Found> Config::Find(std::string_view given_name) const {
  Found found;
  found.key = registry_->Find(given_name);
  found.name = found.key != nullptr ? found.key->name : std::string(given_name);
  std::string_view raw;
  if (const auto entry = entries_.find(found.name); entry != entries_.end()) {
    raw = entry->second.value;
    found.source = entry->second.source;
  } else if (found.key != nullptr && found.key->default_value != nullptr) {
    raw = found.key->default_value;
    found.source = kDefaultSource;
  } else {
    return std::nullopt;
  }
  found.value = raw.find("${") == std::string_view::npos ? std::string(raw)
                                                         : Expander(*this, found.name).Expand(raw);
  return found;
}

std::optional<std::string> Config::Get(std::string_view name) const {
  std::optional<Found> found = Find(name);
  if (!found) return std::nullopt;
  return std::move(found->value);
}

std::string Config::GetString(std::string_view name, std::string_view fallback) const {
  return Get(name).value_or(std::string(fallback));
}

Result<Config::Found> Config::FindChecked(std::string_view name) const {
  std::optional<Found> found = Find(name);
  if (!found) return NotFound(std::string(name) + ": no value is set");
  if (found->key != nullptr) {
    if (const Status status = CheckValue(*found->key, found->value); !status.ok())
      return found->Malformed(status);
  }
  return *std::move(found);
}

Result<std::int64_t> Config::GetInt(std::string_view name) const {
  MRD_ASSIGN_OR_RETURN(const Found found, FindChecked(name));
  const std::int64_t unit = found.key != nullptr ? UnitOf(*found.key) : 1;
  const KeyType type = found.key != nullptr ? found.key->type : KeyType::kInt;
  Result<std::int64_t> value = type == KeyType::kSize       ? ParseSize(found.value, unit)
                               : type == KeyType::kDuration ? ParseDurationMs(found.value, unit)
                                                            : ParseInt(found.value);
  if (!value.ok()) return found.Malformed(value.status());
  return type == KeyType::kSize || type == KeyType::kDuration ? *value / unit : *value;
}

Result<std::int64_t> Config::GetSize(std::string_view name) const {
  MRD_ASSIGN_OR_RETURN(const Found found, FindChecked(name));
  Result<std::int64_t> value =
      ParseSize(found.value, found.key != nullptr ? UnitOf(*found.key) : 1);
  return value.ok() ? value : found.Malformed(value.status());
}

Result<double> Config::GetDouble(std::string_view name) const {
  MRD_ASSIGN_OR_RETURN(const Found found, FindChecked(name));
  Result<double> value = ParseDouble(found.value);
  return value.ok() ? value : found.Malformed(value.status());
}

Result<bool> Config::GetBool(std::string_view name) const {
  MRD_ASSIGN_OR_RETURN(const Found found, FindChecked(name));
  Result<bool> value = ParseBool(found.value);
  return value.ok() ? value : found.Malformed(value.status());
}

Result<std::int64_t> Config::GetDurationMs(std::string_view name) const {
  MRD_ASSIGN_OR_RETURN(const Found found, FindChecked(name));
  Result<std::int64_t> value =
      ParseDurationMs(found.value, found.key != nullptr ? UnitOf(*found.key) : 1);
  return value.ok() ? value : found.Malformed(value.status());
}

std::vector<std::string> Config::GetList(std::string_view name) const {
  return ParseList(GetString(name));
}

std::string Config::Source(std::string_view name) const {
  const std::optional<Found> found = Find(name);
  return found ? found->source : "";
}

std::map<std::string, std::string> Config::Explicit() const {
  std::map<std::string, std::string> values;
  for (const auto& [name, entry] : entries_) values.emplace(name, entry.value);
  return values;
}

}  // namespace mrd
