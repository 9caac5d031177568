#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd {

// Sizes accept k m g t suffixes (powers of 1024), durations ms s m h d, booleans true/false.
enum class KeyType { kString, kInt, kSize, kDouble, kBool, kDuration, kList };

// One configuration key. Keys are declared in tables beside the component that reads them and collected once in a
// KeyRegistry; documents and default files are generated from it.
struct ConfigKey {
  const char* name;
  const char* old_name;       // Hadoop 1.x spelling, still accepted with a one-line notice; nullptr if none
  KeyType type;
  const char* default_value;  // text form; nullptr: unset
  const char* unit;           // "MB", "ms", "bytes", "" …: what a bare number means
  const char* description;    // one or two sentences, ends with a full stop
  const char* file;           // "core", "hdfs" or "mapred": the site file it belongs to
  std::int64_t min = INT64_MIN;
  std::int64_t max = INT64_MAX;
};

// All keys that this build knows. Immutable after the Add() calls in main or a test's set-up.
class KeyRegistry {
 public:
  void Add(std::span<const ConfigKey> keys);
  // By new or old name; nullptr if unknown (foreign keys are allowed in a configuration: a job may have its own).
  const ConfigKey* Find(std::string_view name) const;
  // The known name with the smallest edit distance, if that is small enough to be a typing error.
  std::optional<std::string> Nearest(std::string_view name) const;
  std::vector<const ConfigKey*> All() const;  // sorted by file, then name

 private:
  std::map<std::string, const ConfigKey*, std::less<>> by_name_;
  std::map<std::string, const ConfigKey*, std::less<>> by_old_name_;
};

// A layered set of properties with Hadoop's precedence: defaults of the registry, then resources in the order added,
// then Set(). A property marked <final> in a resource stays. Values may contain ${name}, ${env.NAME},
// ${env.NAME:-default} (unset or empty), ${env.NAME-default} (unset), ${user.name}, ${user.home}; they are expanded when
// read, defaults within them too. A reference to nothing, or to itself, stays as it is written. Copyable value; not
// thread-safe for writing.
class Config {
 public:
  explicit Config(const KeyRegistry& registry);  // `registry` must outlive it and its copies

  // Reads a site file (XML). Errors name file and line: not well-formed, entry without name. Unknown keys below our own
  // prefix "mr." are refused with the nearest known name.
  Status AddResource(Env& env, const std::string& path);
  // The same from the content; `path` is for messages and as the source.
  Status AddResourceText(std::string_view xml, const std::string& path);
  // Sets one property from the command line or a program. An old name sets the new one. kInvalidArgument when a known
  // key gets a value that is not of its type or range (naming key, value, what is expected), or when the name begins
  // with "mr." and is unknown (nearest named). A <final> property keeps its value: OK, and a notice is added.
  Status Set(std::string_view name, std::string_view value, std::string_view source);
  // "name=value" as after -D; kInvalidArgument with what was wrong when there is no '=' or no name.
  Status SetFromCommandLine(std::string_view assignment);

  // The value after expansion; nullopt when unset and without default. Old names work.
  std::optional<std::string> Get(std::string_view name) const;
  std::string GetString(std::string_view name, std::string_view fallback = "") const;
  // Typed reads of known or foreign keys. kInvalidArgument naming key, value and source when malformed or out of range,
  // kNotFound when there is no value.
  Result<std::int64_t> GetInt(std::string_view name) const;  // of a size or duration: in the key's unit, rounded down
  Result<std::int64_t> GetSize(std::string_view name) const;  // in the key's unit for a bare number, then bytes
  Result<double> GetDouble(std::string_view name) const;
  Result<bool> GetBool(std::string_view name) const;
  Result<std::int64_t> GetDurationMs(std::string_view name) const;
  std::vector<std::string> GetList(std::string_view name) const;  // comma-separated, trimmed, empty parts dropped

  // Where the value came from: "default", a file, "command line", "program"; "" when unset.
  std::string Source(std::string_view name) const;
  // Everything that was set (not the defaults), sorted by name, unexpanded.
  std::map<std::string, std::string> Explicit() const;
  // Old names used, final properties kept: one sentence each, for the log.
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  struct Entry {
    std::string value;
    std::string source;
    bool final = false;
    bool from_set = false;  // by Set(): later resources do not replace it
  };
  struct Found;
  class Expander;

  Status AddProperty(std::string_view name, std::string_view value, bool final, const std::string& source,
                     const std::string& place);
  // The name to file it under: the new one for an old one. Adds a notice for an old name. kInvalidArgument for an
  // unknown name below our own prefix; `place` says where it was met.
  Result<std::string> Accept(std::string_view name, const std::string& place);
  void AddNotice(std::string notice);
  std::optional<Found> Find(std::string_view name) const;
  // The expanded value of a key for reading as a number; kNotFound when there is none.
  Result<Found> FindChecked(std::string_view name) const;

  const KeyRegistry* registry_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::string> notices_;
};

}  // namespace mrd
