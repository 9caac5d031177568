#include "common/daemon/options.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/environment.h"

namespace mrd::daemon {
namespace {

// The words of a command line, taken one by one.
class Words {
 public:
  explicit Words(const std::vector<std::string>& words) : words_(words) {}

  bool AtEnd() const { return next_ == words_.size(); }
  // Splits "--name=value"; -D keeps its '='.
  void Take() {
    word_ = words_[next_++];
    value_.reset();
    name_ = word_;
    if (name_.starts_with("-D")) return;
    const std::size_t equals = word_.find('=');
    if (equals == std::string::npos) return;
    name_ = word_.substr(0, equals);
    value_ = word_.substr(equals + 1);
  }
  // Without its dashes; "" when it has none.
  std::string Name() const {
    if (name_.starts_with("--")) return name_.substr(2);
    return name_.starts_with("-") ? name_.substr(1) : "";
  }
  const std::string& word() const { return word_; }
  bool has_value() const { return value_.has_value(); }
  Result<std::string> Value() {
    if (value_) return *value_;
    if (AtEnd()) return InvalidArgument(word_ + ": its value is missing; see --help");
    return words_[next_++];
  }

 private:
  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
  std::string word_;
  std::string name_;
  std::optional<std::string> value_;
};

const Switch* FindSwitch(const std::vector<Switch>& switches, const std::string& name) {
  for (const Switch& one : switches) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::string Padded(std::string text) {
  constexpr std::size_t kColumn = 24;
  text.resize(std::max(text.size() + 1, kColumn), ' ');
  return text;
}

Status LoadDirectory(Env& env, const Options& options, const std::string& directory, Config* config) {
  for (const std::string& name : options.site_files) {
    const std::string path = directory + "/" + name;
    MRD_ASSIGN_OR_RETURN(const bool exists, Exists(env, path));
    if (exists) MRD_RETURN_IF_ERROR(config->AddResource(env, path));
  }
  return Status::Ok();
}

}  // namespace

Result<Options> ParseOptions(const std::vector<std::string>& list, const std::vector<Switch>& switches) {
  Options options;
  Words words(list);
  while (!words.AtEnd()) {
    words.Take();
    const std::string name = words.Name();
    std::string* target = nullptr;
    if (name == "log") target = &options.log_file;
    if (name == "pid-file") target = &options.pid_file;
    if (name == "ports-file") target = &options.ports_file;
    const Switch* const own = FindSwitch(switches, name);
    if (target != nullptr) {
      MRD_ASSIGN_OR_RETURN(*target, words.Value());
    } else if (name == "conf") {
      MRD_ASSIGN_OR_RETURN(std::string place, words.Value());
      options.configurations.push_back(std::move(place));
    } else if (name.starts_with("D") && words.word().starts_with("-D")) {
      std::string assignment = name.substr(1);
      if (assignment.empty()) {
        MRD_ASSIGN_OR_RETURN(assignment, words.Value());
      }
      options.assignments.push_back(std::move(assignment));
    } else if (own != nullptr && own->value != nullptr) {
      MRD_ASSIGN_OR_RETURN(options.switches[name], words.Value());
    } else if (words.has_value()) {
      return InvalidArgument(words.word() + ": unknown, or takes no value; see --help");
    } else if (name == "help" || name == "h") {
      options.help = true;
    } else if (name == "daemon") {
      options.background = true;
    } else if (own != nullptr) {
      options.switches[name] = "";
    } else {
      return InvalidArgument(words.word() + ": unknown; see --help");
    }
  }
  if (options.background && options.log_file.empty() && !options.help) {
    return InvalidArgument("--daemon: needs --log FILE, since nobody sees what a background process prints");
  }
  return options;
}

std::string HelpText(const Program& program) {
  std::string text = std::string("usage: ") + program.name + " [options]\n" + program.summary + "\n\n";
  const auto line = [&](const std::string& words, const std::string& help) {
    text += "  " + Padded(words) + help + "\n";
  };
  for (const Switch& one : program.switches) {
    line(std::string("--") + one.name + (one.value != nullptr ? std::string(" ") + one.value : ""), one.help);
  }
  std::string files = "core-site.xml, hdfs-site.xml";
  for (const std::string& file : program.more_site_files) files += ", " + file;
  line("--conf DIR|FILE", "Site files: a directory with " + files + ", or one file.");
  line("-D KEY=VALUE", "Sets one key; goes before site files.");
  line("--daemon", "Runs in the background; returns when it serves.");
  line("--log FILE", "Logs to this file, rotated, instead of stderr.");
  line("--pid-file FILE", "Writes the process id there; removed at the end.");
  line("--ports-file FILE", "Writes the ports there as JSON when it serves; removed at the end.");
  line("--help", "Prints this.");
  return text;
}

Status LoadConfiguration(Env& env, const Options& options, Config* config) {
  if (options.configurations.empty()) {
    for (const char* name : {"MR_CONF_DIR", "HADOOP_CONF_DIR"}) {
      const std::optional<std::string> directory = EnvironmentVariable(name);
      if (!directory || directory->empty()) continue;
      MRD_RETURN_IF_ERROR(LoadDirectory(env, options, *directory, config).WithContext(name));
      break;
    }
  }
  for (const std::string& place : options.configurations) {
    Result<FileInfo> info = env.Stat(place);
    if (!info.ok()) return info.status().WithContext("--conf");
    MRD_RETURN_IF_ERROR(info->type == FileType::kDirectory ? LoadDirectory(env, options, place, config)
                                                           : config->AddResource(env, place));
  }
  for (const std::string& assignment : options.assignments) {
    MRD_RETURN_IF_ERROR(config->SetFromCommandLine(assignment));
  }
  return Status::Ok();
}

}  // namespace mrd::daemon
