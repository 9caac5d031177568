#include "tools/cluster/words.h"

#include <charconv>
#include <iostream>

#include <unistd.h>

#include "tools/cluster/daemon_state.h"
#include "tools/console.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

// Walks over words that are "-x value", "-xvalue" or "--long value", "--long=value".
class Walker {
 public:
  explicit Walker(const std::vector<std::string>& words) : words_(words) {}
  bool Next() { return ++at_ < words_.size(); }
  const std::string& word() const { return words_[at_]; }
  bool Is(const char* option) const { return word() == option; }
  // The value of `option` if the word is that option; an error when it has none.
  std::optional<Result<std::string>> Value(const std::string& option) {
    const bool is_long = option.starts_with("--");
    const std::string joined = is_long ? option + "=" : option;
    if (word() == option) {
      if (at_ + 1 >= words_.size()) return Result<std::string>(InvalidArgument(option + " needs a value"));
      return Result<std::string>(words_[++at_]);
    }
    if (word().starts_with(joined) && word().size() > joined.size()) return Result<std::string>(word().substr(joined.size()));
    return std::nullopt;
  }

 private:
  const std::vector<std::string>& words_;
  std::size_t at_ = static_cast<std::size_t>(-1);
};

}  // namespace

Status ParseClusterWords(const std::vector<std::string>& words, ClusterVerb verb, ClusterWords* out) {
  Walker walker(words);
  while (walker.Next()) {
    if (auto name = walker.Value("--name")) {
      MRD_ASSIGN_OR_RETURN(out->name, *std::move(name));
      out->name_given = true;
    } else if (verb == ClusterVerb::kDown && walker.Is("--wipe")) {
      out->wipe = true;
    } else if (verb == ClusterVerb::kDown && walker.Is("--yes")) {
      out->yes = true;
    } else if (verb != ClusterVerb::kUp) {
      return InvalidArgument("unknown word \"" + walker.word() + "\"");
    } else if (walker.Is("--mapred") || walker.Is("--no-mapred")) {
      out->mapred = walker.Is("--mapred");
    } else if (auto conf = walker.Value("--conf")) {
      MRD_ASSIGN_OR_RETURN(const std::string file, *std::move(conf));
      if (!IsRegularFile(file)) return InvalidArgument("--conf " + file + ": no such file");
      out->conf_files.push_back(AbsolutePath(file));
    } else if (auto assignment = walker.Value("-D")) {
      MRD_ASSIGN_OR_RETURN(std::string text, *std::move(assignment));
      if (text.find('=') == std::string::npos || text[0] == '=') {
        return InvalidArgument("-D " + text + ": expected key=value");
      }
      out->assignments.push_back(std::move(text));
    } else if (auto count = walker.Value("-n")) {
      MRD_ASSIGN_OR_RETURN(const std::string text, *std::move(count));
      int number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) {
        return InvalidArgument("-n " + text + ": expected a number of datanodes");
      }
      if (number < 1 || number > kDatanodesMax) {
        return InvalidArgument("-n " + text + ": from 1 to " + std::to_string(kDatanodesMax) + " datanodes");
      }
      out->datanodes = number;
    } else {
      return InvalidArgument("unknown word \"" + walker.word() + "\"");
    }
  }
  return Status::Ok();
}

bool Confirm(const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0) {
    WriteAll(kStderr, question + " There is no terminal to answer on; --yes says yes.\n");
    return false;
  }
  WriteAll(kStderr, question + " [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace mrd::tools
