#include "tools/jar_words.h"

#include <array>
#include <charconv>
#include <string_view>

#include "tools/environment.h"
#include "tools/nearest.h"

namespace mrd::tools {
namespace {

// Options that take a value, as Hadoop spells them, and ours.
enum class Kind { kDefine, kConf, kFileSystem, kJobTracker, kFiles, kArchives, kConfig, kReport, kFlag, kRefused };

struct Option {
  std::string_view name;
  Kind kind;
};

constexpr std::array kOptions = {
    Option{"-D", Kind::kDefine},         Option{"-conf", Kind::kConf},         Option{"-fs", Kind::kFileSystem},
    Option{"-jt", Kind::kJobTracker},    Option{"-files", Kind::kFiles},       Option{"-archives", Kind::kArchives},
    Option{"-libjars", Kind::kRefused},  Option{"--config", Kind::kConfig},    Option{"--report", Kind::kReport},
    Option{"--embedded", Kind::kFlag},   Option{"--quiet", Kind::kFlag},       Option{"--detach", Kind::kFlag},
    Option{"--help", Kind::kFlag},
};

const Option* FindOption(std::string_view name) {
  for (const Option& option : kOptions) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

// Local paths become absolute "file:" URIs, since a task may run elsewhere; "#link" is kept.
Result<std::string> SideFiles(const std::string& list) {
  std::string result;
  std::size_t start = 0;
  while (start <= list.size()) {
    std::size_t end = list.find(',', start);
    if (end == std::string::npos) end = list.size();
    std::string item = list.substr(start, end - start);
    start = end + 1;
    if (item.empty()) continue;
    const std::size_t hash = item.find('#');
    std::string path = item.substr(0, hash);
    const std::string link = hash == std::string::npos ? "" : item.substr(hash);
    if (path.find("://") == std::string::npos) {
      if (path.starts_with("file:/")) path.erase(0, 5);
      if (!PathExists(path)) return NotFound("File " + path + " does not exist.");
      path = "file://" + AbsolutePath(path);
    }
    result += (result.empty() ? "" : ",") + path + link;
  }
  if (result.empty()) return InvalidArgument("names no file");
  return result;
}

Status ApplySideFiles(const Option& option, const std::string& value, JarOptions& options) {
  const char* key = option.kind == Kind::kFiles ? "tmpfiles" : "tmparchives";
  auto list = SideFiles(value);
  if (!list.ok()) return std::move(list.status()).WithContext(option.name);
  for (auto& [name, known] : options.configuration.settings) {
    if (name == key) {
      known += "," + *list;
      return {};
    }
  }
  options.configuration.settings.emplace_back(key, *list);
  return {};
}

Status Apply(const Option& option, const std::string& value, JarOptions& options) {
  auto& configuration = options.configuration;
  switch (option.kind) {
    case Kind::kDefine:
      configuration.assignments.push_back(value);
      return {};
    case Kind::kConf:
      configuration.files.push_back(value);
      return {};
    case Kind::kFileSystem:
      configuration.settings.emplace_back("fs.defaultFS", value == "local" ? "file:///" : value);
      return {};
    case Kind::kJobTracker:
      configuration.settings.emplace_back("mapreduce.framework.name", value == "local" ? "local" : "cluster");
      if (value != "local") configuration.settings.emplace_back("mapreduce.jobtracker.address", value);
      return {};
    case Kind::kFiles:
    case Kind::kArchives:
      return ApplySideFiles(option, value, options);
    case Kind::kConfig:
      configuration.directory = value;
      return {};
    case Kind::kReport:
      options.report = value;
      return {};
    case Kind::kRefused:
      return Unimplemented("-libjars ships Java libraries, and plugins are native code: link what the plugin needs into "
                           "it, or ship a shared library with -files and load it from the task's directory");
    case Kind::kFlag:
      break;
  }
  return {};
}

void SetFlag(std::string_view name, JarOptions& options) {
  if (name == "--quiet") options.quiet = true;
  if (name == "--help") options.help = true;
  if (name == "--detach") options.detach = true;
  if (name == "--embedded") options.configuration.settings.emplace_back("mapreduce.framework.name", "local");
}

}  // namespace

std::vector<std::string> JarOptionNames() {
  std::vector<std::string> names;
  for (const Option& option : kOptions) {
    if (option.kind != Kind::kRefused) names.emplace_back(option.name);
  }
  return names;
}

bool LooksLikeOption(const std::string& word) {
  if (word.size() < 2 || word[0] != '-') return false;
  const char next = word[1];
  return !(next >= '0' && next <= '9') && next != '.';
}

Result<bool> TakeJarOption(WordCursor& cursor, JarOptions& options) {
  const std::string& word = cursor.current();
  if (word.size() < 2 || word[0] != '-') return false;
  // -Dname=value in one word.
  if (word.starts_with("-D") && word.size() > 2) {
    options.configuration.assignments.push_back(word.substr(2));
    ++cursor.at;
    return true;
  }
  const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
  std::string_view name = std::string_view(word).substr(0, equals);
  if (name == "-h" || name == "-help") name = "--help";
  const Option* option = FindOption(name);
  if (option == nullptr) return false;
  ++cursor.at;
  if (option->kind == Kind::kFlag) {
    if (equals != std::string::npos) return InvalidArgument(std::string(name) + " takes no value");
    SetFlag(name, options);
    return true;
  }
  std::string value;
  if (equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else {
    if (cursor.done()) return InvalidArgument(std::string(name) + " needs a value");
    value = cursor.current();
    ++cursor.at;
  }
  MRD_RETURN_IF_ERROR(Apply(*option, value, options));
  return true;
}

namespace {

const engine::JobOption* FindJobOption(const engine::JobDescription& job, std::string_view name) {
  for (const engine::JobOption& option : job.options) {
    if (!option.positional && option.name == name) return &option;
  }
  return nullptr;
}

bool IsBoolean(std::string_view text) { return text == "true" || text == "false"; }

Status CheckValue(const engine::JobOption& option, const std::string& value) {
  const std::string shown = (option.positional ? option.name : "--" + option.name) + ": \"" + value + "\" ";
  const char* const begin = value.data();
  const char* const end = begin + value.size();
  switch (option.type) {
    case engine::OptionType::kString:
      return {};
    case engine::OptionType::kInt: {
      std::int64_t number = 0;
      const auto [stop, error] = std::from_chars(begin, end, number);
      if (error == std::errc::result_out_of_range) return InvalidArgument(shown + "does not fit 64 bits");
      return error == std::errc() && stop == end ? Status() : InvalidArgument(shown + "is no whole number");
    }
    case engine::OptionType::kDouble: {
      double number = 0;
      const auto [stop, error] = std::from_chars(begin, end, number);
      return error == std::errc() && stop == end ? Status() : InvalidArgument(shown + "is no number");
    }
    case engine::OptionType::kBool:
      return IsBoolean(value) ? Status() : InvalidArgument(shown + "is neither true nor false");
  }
  return {};
}

// Takes "--name value", "--name=value" or, for a boolean, "--name". False if no option of the job has this name.
Result<bool> TakeJobOption(const engine::JobDescription& job, WordCursor& cursor, JobWords& out) {
  const std::string& word = cursor.current();
  if (!word.starts_with("--") || word.size() < 3) return false;
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
  const engine::JobOption* option = FindJobOption(job, name);
  if (option == nullptr) return false;
  ++cursor.at;
  std::string value;
  if (equals != std::string::npos) {
    value = word.substr(equals + 1);
  } else if (option->type == engine::OptionType::kBool && (cursor.done() || !IsBoolean(cursor.current()))) {
    value = "true";
  } else if (cursor.done()) {
    return InvalidArgument("--" + name + " needs a value");
  } else {
    value = cursor.current();
    ++cursor.at;
  }
  MRD_RETURN_IF_ERROR(CheckValue(*option, value));
  if (!out.values.emplace(name, value).second) return InvalidArgument("--" + name + " is given twice");
  return true;
}

Status UnknownOption(const engine::JobDescription& job, const std::string& word) {
  std::vector<std::string> names = JarOptionNames();
  for (const engine::JobOption& option : job.options) {
    if (!option.positional) names.push_back("--" + option.name);
  }
  const std::string name = word.substr(0, word.find('='));
  return InvalidArgument("unknown option " + name + DidYouMean(name, names) +
                         " (a path that begins with '-' is written ./" + name + ")");
}

// Gives the plain words their places: inputs, output, declared arguments.
Status Place(const engine::JobDescription& job, std::vector<std::string> plain, JobWords& out) {
  std::vector<const engine::JobOption*> arguments;
  for (const engine::JobOption& option : job.options) {
    if (option.positional) arguments.push_back(&option);
  }
  const std::size_t fixed = arguments.size() + (job.takes_output ? 1 : 0);
  const std::size_t least = fixed + (job.takes_input ? 1 : 0);
  if (plain.size() < least) {
    return InvalidArgument("needs " + JobUsage(job) + ", and only " + std::to_string(plain.size()) +
                           (plain.size() == 1 ? " word was" : " words were") + " given");
  }
  if (!job.takes_input && plain.size() > least) {
    return InvalidArgument("unexpected word \"" + plain[least] + "\"; it needs " + JobUsage(job));
  }
  const std::size_t inputs = plain.size() - fixed;
  out.inputs.assign(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(inputs));
  std::size_t at = inputs;
  if (job.takes_output) out.output = plain[at++];
  for (const engine::JobOption* argument : arguments) {
    MRD_RETURN_IF_ERROR(CheckValue(*argument, plain[at]));
    out.values[argument->name] = plain[at++];
  }
  return {};
}

}  // namespace

Result<JobWords> ParseJobWords(const engine::JobDescription& job, WordCursor& cursor, JarOptions& options) {
  JobWords out;
  std::vector<std::string> plain;
  bool only_words = false;
  while (!cursor.done()) {
    const std::string& word = cursor.current();
    if (!only_words && word == "--") {
      only_words = true;
      ++cursor.at;
      continue;
    }
    if (!only_words && LooksLikeOption(word)) {
      MRD_ASSIGN_OR_RETURN(const bool of_job, TakeJobOption(job, cursor, out));
      if (of_job) continue;
      MRD_ASSIGN_OR_RETURN(const bool of_jar, TakeJarOption(cursor, options));
      if (of_jar) continue;
      return UnknownOption(job, word);
    }
    plain.push_back(word);
    ++cursor.at;
  }
  if (options.help) return out;
  MRD_RETURN_IF_ERROR(Place(job, std::move(plain), out));
  for (const engine::JobOption& option : job.options) {
    if (!option.positional && option.required && !out.values.contains(option.name)) {
      return InvalidArgument("--" + option.name + " is required: " + option.help);
    }
  }
  return out;
}

std::string JobUsage(const engine::JobDescription& job) {
  std::string usage;
  const auto add = [&usage](const std::string& word) { usage += (usage.empty() ? "" : " ") + word; };
  if (job.takes_input) add("INPUT...");
  if (job.takes_output) add("OUTPUT");
  for (const engine::JobOption& option : job.options) {
    if (option.positional) add(option.name);
  }
  for (const engine::JobOption& option : job.options) {
    if (!option.positional && option.required) add("--" + option.name + " VALUE");
  }
  return usage;
}

}  // namespace mrd::tools
