#include "tools/generic_options.h"

#include <cstddef>

namespace mrd::tools {
namespace {

// Options of Hadoop's launcher that take a value and mean nothing here.
bool IsIgnoredOption(const std::string& word) {
  return word == "-files" || word == "-libjars" || word == "-archives" || word == "-tokenCacheFile" ||
         word == "--loglevel";
}

}  // namespace

Result<ConfigurationChoices> TakeGenericOptions(std::vector<std::string>& words) {
  ConfigurationChoices choices;
  std::size_t at = 0;
  for (; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word.starts_with("-D") && word.size() > 2) {
      choices.assignments.push_back(word.substr(2));
      continue;
    }
    if (word != "-D" && word != "-conf" && word != "-fs" && word != "--config" && word != "-jt" && !IsIgnoredOption(word)) break;
    if (++at == words.size()) return InvalidArgument(word + " needs a value");
    const std::string& value = words[at];
    if (word == "-D") choices.assignments.push_back(value);
    if (word == "-conf") choices.files.push_back(value);
    if (word == "--config") choices.directory = value;
    if (word == "-jt") {
      choices.settings.emplace_back("mapreduce.framework.name", value == "local" ? "local" : "cluster");
      if (value != "local") choices.settings.emplace_back("mapreduce.jobtracker.address", value);
    }
    if (word == "-fs") choices.settings.emplace_back("fs.defaultFS", value == "local" ? "file:///" : value);
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  return choices;
}

}  // namespace mrd::tools
