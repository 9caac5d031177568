#include "tools/plugin_help.h"

#include <algorithm>
#include <vector>

#include "tools/jar_words.h"

namespace mrd::tools {
namespace {

const char* TypeName(engine::OptionType type) {
  switch (type) {
    case engine::OptionType::kString:
      return "text";
    case engine::OptionType::kInt:
      return "integer";
    case engine::OptionType::kDouble:
      return "number";
    case engine::OptionType::kBool:
      return "true or false";
  }
  return "text";
}

struct Row {
  std::string left;
  std::string right;
};

std::string Table(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.left.size());
  std::string text;
  for (const Row& row : rows) {
    std::string left = row.left;
    left.resize(width + 2, ' ');
    text += "  " + left + row.right + "\n";
  }
  return text;
}

std::string Facts(const engine::JobOption& option) {
  std::string facts = std::string("(") + TypeName(option.type);
  if (option.required || option.positional) {
    facts += ", required";
  } else if (!option.default_value.empty()) {
    facts += ", default " + option.default_value;
  }
  return facts + ")";
}

Row RowOf(const engine::JobOption& option) {
  return {option.positional ? option.name : "--" + option.name,
          (option.help.empty() ? "" : option.help + " ") + Facts(option)};
}

std::string Section(const char* title, const engine::JobDescription& job, bool positional) {
  std::vector<Row> rows;
  for (const engine::JobOption& option : job.options) {
    if (option.positional == positional) rows.push_back(RowOf(option));
  }
  return rows.empty() ? "" : std::string("\n") + title + ":\n" + Table(rows);
}

std::string Head(const std::string& plugin_name, bool name_job, const mr_job_entry& entry, const std::string& words) {
  std::string text;
  if (entry.description != nullptr && *entry.description != '\0') text += std::string(entry.description) + "\n\n";
  text += "usage: mr jar " + plugin_name + (name_job ? std::string(" ") + entry.name : "") + " [generic options]";
  return text + (words.empty() ? "" : " " + words) + "\n";
}

}  // namespace

std::string GenericOptionsHelp() {
  return "\nGeneric options:\n" +
         Table({{"-D NAME=VALUE", "sets a property of the configuration"},
                {"-conf FILE", "reads a site file (XML)"},
                {"-files A,B#LINK", "gives every task these files, under the link's name"},
                {"-archives A.zip#DIR", "the same with archives, unpacked"},
                {"-fs URI, -jt local", "default file system; where to run"},
                {"--config DIR", "directory of core-site.xml and mapred-site.xml"},
                {"--embedded", "run in this process even where a cluster is configured"},
                {"--quiet", "print errors only"},
                {"--report FILE", "write status, counters, ledger and times as JSON"}});
}

std::string JobHelp(const std::string& plugin_name,
                    bool name_job,
                    const mr_job_entry& entry,
                    const engine::JobDescription& job) {
  std::string words = JobUsage(job);
  const bool has_options = std::any_of(job.options.begin(), job.options.end(), [](const engine::JobOption& option) {
    return !option.positional;
  });
  if (has_options) words += " [options]";
  return Head(plugin_name, name_job, entry, words) + Section("Arguments", job, true) + Section("Options", job, false);
}

std::string DriverHelp(const std::string& plugin_name, bool name_job, const mr_job_entry& entry) {
  return Head(plugin_name, name_job, entry, entry.usage == nullptr ? "[arguments]" : entry.usage);
}

std::string PluginHelp(const std::string& plugin_name,
                       const std::shared_ptr<const engine::Plugin>& plugin,
                       const Config& config) {
  const std::vector<const mr_job_entry*> entries = plugin->Public();
  std::string text;
  if (entries.size() > 1) {
    text = plugin_name + " holds these jobs:\n";
    std::vector<Row> rows;
    for (const mr_job_entry* entry : entries) {
      rows.push_back({entry->name, entry->description == nullptr ? "" : entry->description});
    }
    text += Table(rows);
  }
  for (const mr_job_entry* entry : entries) {
    if (!text.empty()) text += "\n" + std::string(entry->name) + ": ";
    if (entry->main != nullptr) {
      text += DriverHelp(plugin_name, entries.size() > 1, *entry);
      continue;
    }
    const engine::JobRequest request{
        .plugin = plugin, .entry = entry, .inputs = {}, .output = {}, .options = {}, .config = config};
    auto description = engine::DescribeJob(request);
    text += description.ok() ? JobHelp(plugin_name, entries.size() > 1, *entry, *description)
                             : "cannot be described: " + description.status().message() + "\n";
  }
  return text + GenericOptionsHelp();
}

}  // namespace mrd::tools
