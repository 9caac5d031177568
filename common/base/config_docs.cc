#include "common/base/config_docs.h"

#include <set>

namespace mrd {
namespace {

constexpr char kIntroduction[] =
    R"(# Configuration

<!-- Made by the target generate_config_docs from the tables of keys. Do not edit. -->

A property comes from, later ones winning: the default below; the site files `core-site.xml` and `mapred-site.xml` of the
configuration directory; each file given by `-conf`, in order; each `-D name=value`; the program itself. A property
marked `<final>true</final>` in a file keeps its value.

* Hadoop's names are used where Hadoop has the key. Its 1.x spelling is accepted and answered with a notice.
* A size may end in `k`, `m`, `g`, `t` or `p` (powers of 1024), a duration in `ms`, `s`, `m`, `h` or `d`. A bare number
  counts the unit of the table.
* A value may hold `${other.key}`, `${env.NAME}`, `${env.NAME:-default}`, `${user.name}` and `${user.home}`.
* Keys below `mr.` are this system's own; one that is not listed here is refused. Any other name is passed on to the job.
)";

const char* TypeName(KeyType type) {
  switch (type) {
    case KeyType::kString:
      return "text";
    case KeyType::kInt:
      return "whole number";
    case KeyType::kSize:
      return "size";
    case KeyType::kDouble:
      return "number";
    case KeyType::kBool:
      return "true or false";
    case KeyType::kDuration:
      return "duration";
    case KeyType::kList:
      return "list, commas between";
  }
  return "";
}

// Control characters as people read them.
std::string Visible(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\t') {
      result += "\\t";
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '|') {
      result += "\\|";
    } else {
      result += c;
    }
  }
  return result;
}

std::string DefaultCell(const ConfigKey& key) {
  if (key.default_value == nullptr) return "unset";
  if (*key.default_value == '\0') return "empty";
  return "`" + Visible(key.default_value) + "`";
}

std::string UnitCell(const ConfigKey& key) {
  std::string cell = TypeName(key.type);
  if (*key.unit != '\0') cell += std::string(", ") + key.unit;
  const bool has_min = key.min != INT64_MIN;
  const bool has_max = key.max != INT64_MAX;
  if (has_min && has_max)
    return cell + ", " + std::to_string(key.min) + " to " + std::to_string(key.max);
  if (has_min) return cell + ", at least " + std::to_string(key.min);
  if (has_max) return cell + ", at most " + std::to_string(key.max);
  return cell;
}

std::string Row(const ConfigKey& key) {
  const std::string old_name = key.old_name != nullptr ? "`" + std::string(key.old_name) + "`" : "";
  return "| `" + std::string(key.name) + "` | " + DefaultCell(key) + " | " + UnitCell(key) + " | " +
         Visible(key.description) + " | " + old_name + " |\n";
}

std::string Escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      result += c;
    }
  }
  return result;
}

std::string Property(const ConfigKey& key) {
  std::string xml = "  <property>\n";
  xml += "    <name>" + Escaped(key.name) + "</name>\n";
  xml += "    <value>" + Escaped(key.default_value) + "</value>\n";
  xml += "    <description>" + Escaped(key.description) + "</description>\n";
  return xml + "  </property>\n";
}

// A key that is unset by default has no value to write; it is shown, but not set.
std::string UnsetProperty(const ConfigKey& key) {
  return "  <!-- " + std::string(key.name) + " is unset. " + key.description + " -->\n";
}

}  // namespace

std::vector<std::string> ConfigFiles(const KeyRegistry& registry) {
  std::set<std::string> files;
  for (const ConfigKey* key : registry.All()) files.insert(key->file);
  return {files.begin(), files.end()};
}

std::string ConfigMarkdown(const KeyRegistry& registry) {
  std::string text = kIntroduction;
  std::string file;
  for (const ConfigKey* key : registry.All()) {
    if (file != key->file) {
      file = key->file;
      text += "\n## " + file + "\n\n";
      text += "Set in `" + file + "-site.xml`; the defaults are in `conf/" + file +
              "-default.xml`.\n\n";
      text += "| key | default | type and unit | meaning | old name |\n";
      text += "| --- | --- | --- | --- | --- |\n";
    }
    text += Row(*key);
  }
  return text;
}

std::string DefaultSiteFile(const KeyRegistry& registry, std::string_view file) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml +=
      "<!-- Made by the target generate_config_docs from the tables of keys. Do not edit: put your "
      "own values into " +
      std::string(file) + "-site.xml. -->\n<configuration>\n";
  for (const ConfigKey* key : registry.All()) {
    if (file != key->file) continue;
    xml += key->default_value != nullptr ? Property(*key) : UnsetProperty(*key);
  }
  return xml + "</configuration>\n";
}

}  // namespace mrd
